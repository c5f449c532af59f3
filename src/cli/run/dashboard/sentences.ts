import type { Call } from '../../../shared/call.ts';
import type { ConditionTold, ConnectionTold } from '../../../shared/control-api/told.ts';
import type { Snapshot, WatchLine } from '../../../shared/control-api/watch-line.ts';
import { partyText } from '../../../shared/telling/party-text.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';

/** What the watch stream tells, in sentences: only what is other than it was told last. */
export class Sentences {
  readonly #showsNumbers: boolean;
  readonly #states = new Map<string, string>();
  readonly #calls = new Map<string, string>();
  readonly #clients = new Set<string>();
  #conditions = new Set<string>();
  #keys = new Map<string, boolean>();

  constructor({ showsNumbers }: { showsNumbers: boolean }) {
    this.#showsNumbers = showsNumbers;
  }

  of(line: WatchLine): string[] {
    switch (line.type) {
      case 'snapshot':
        return this.#begin(line);
      case 'component':
        return this.#component(line.component);
      case 'conditions':
        return this.#wrong(line.conditions);
      case 'call':
      case 'callEnded':
        return this.#call(line.call);
      case 'client':
        return this.#client(line.client);
      case 'clientGone':
        this.#clients.delete(line.client.id);
        return [`Client: ${line.client.keyName} at ${line.client.address} has gone.`];
      case 'key':
        return this.#key(line.key);
      case 'error':
        return line.error.acknowledgedAt === null
          ? [
              `${line.error.severity}: ${line.error.code}, seen ${line.error.count} times: ${line.error.detail}`,
            ]
          : [];
      case 'audit':
        return [
          `${line.audit.actor} did ${line.audit.action} ${line.audit.subject ?? ''}: ${line.audit.outcome}.`,
        ];
      default:
        return [];
    }
  }

  #begin({ stats, components, conditions, calls, clients, keys }: Snapshot): string[] {
    this.#states.clear();
    this.#calls.clear();
    this.#conditions.clear();
    for (const { id } of clients) this.#clients.add(id);
    this.#keys = new Map(keys.map(({ id, isLive }) => [id, isLive]));
    return [
      `The relay is ${stats.status}: ${stats.openCalls} calls, ${clients.length} clients, ${keys.length} keys.`,
      ...components.flatMap(one => this.#component(one)),
      ...(conditions.length === 0 ? ['Nothing is wrong.'] : this.#wrong(conditions)),
      ...calls.flatMap(one => this.#call(one)),
    ];
  }

  #component({ component, state, reason, rung }: ConnectionTold): string[] {
    if (this.#states.get(component) === state) return [];
    this.#states.set(component, state);
    const why = state === 'up' ? (rung === null ? '' : `, by ${rung}`) : reason === null ? '' : `: ${reason}`;
    return [`Connection ${component} is ${state}${why}.`];
  }

  #wrong(conditions: readonly ConditionTold[]): string[] {
    const before = this.#conditions;
    this.#conditions = new Set(conditions.map(({ code }) => code));
    const fresh = conditions.filter(({ code }) => !before.has(code));
    const over = [...before].filter(code => !this.#conditions.has(code));
    return [
      ...fresh.map(
        ({ severity, what, code, fix }) => `Wrong, ${severity}: ${what} (${code}) What to do: ${fix}`,
      ),
      ...over.map(code => `No longer wrong: ${code}.`),
    ];
  }

  #call(whole: Call): string[] {
    const call = this.#showsNumbers ? whole : withoutNumbers(whole);
    const { id, state, from, to, endReason } = call;
    if (this.#calls.get(id) === state) return [];
    if (state === 'ended') this.#calls.delete(id);
    else this.#calls.set(id, state);
    const reason = endReason === null ? '' : ` (${endReason})`;
    return [`Call from ${partyText(from)} to ${partyText(to)}: ${state}${reason}.`];
  }

  #client({ id, keyName, address }: { id: string; keyName: string; address: string }): string[] {
    if (this.#clients.has(id)) return [];
    this.#clients.add(id);
    return [`Client: ${keyName} at ${address} is connected.`];
  }

  #key({ id, name, isLive }: { id: string; name: string; isLive: boolean }): string[] {
    const before = this.#keys.get(id);
    this.#keys.set(id, isLive);
    if (before === isLive) return [];
    return [`Key ${name} (${id}) ${isLive ? 'is in force' : 'has ended'}.`];
  }
}
