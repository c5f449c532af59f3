import type { Call } from '../../../shared/call.ts';
import type { ClientTold, ConditionTold, ConnectionTold, KeyTold } from '../../../shared/control-api/told.ts';
import type { Snapshot, WatchLine } from '../../../shared/control-api/watch-line.ts';
import { counted } from '../../../shared/telling/counted.ts';
import { partyText } from '../../../shared/telling/party-text.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';

type ClientNamed = Pick<ClientTold, 'id' | 'keyName' | 'address'>;

/** What the watch stream tells, in sentences: only what is other than it was told last. */
export class Sentences {
  readonly #showsNumbers: boolean;
  readonly #states = new Map<string, string>();
  readonly #calls = new Map<string, Call>();
  readonly #clients = new Map<string, ClientNamed>();
  readonly #keys = new Map<string, boolean>();
  #conditions = new Set<string>();
  #hasBegun = false;

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
        return this.#clientGone(line.client);
      case 'key':
        return this.#key(line.key);
      case 'error':
        return line.error.acknowledgedAt === null
          ? [
              `${line.error.severity}: ${line.error.code}, seen ${counted(line.error.count, 'time')}: ${line.error.detail}`,
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

  /** After a break there is another one: then only what has changed meanwhile is told. */
  #begin({ stats, components, conditions, calls, clients, keys }: Snapshot): string[] {
    const numbers = [
      counted(stats.openCalls, 'call'),
      counted(clients.length, 'client'),
      counted(keys.length, 'key'),
    ];
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    const ofDoors = [
      ...this.#clientsNotIn(clients),
      ...clients.flatMap(one => this.#client(one)),
      ...keys.flatMap(one => this.#key(one)),
    ];
    return [
      `The relay is ${stats.status}: ${numbers.join(', ')}.`,
      ...components.flatMap(one => this.#component(one)),
      ...(isFirst && conditions.length === 0 ? ['Nothing is wrong.'] : this.#wrong(conditions)),
      ...this.#callsNotIn(calls),
      ...calls.flatMap(one => this.#call(one)),
      // How many there are is enough to begin with.
      ...(isFirst ? [] : ofDoors),
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
    if (this.#calls.get(id)?.state === state) return [];
    if (state === 'ended') this.#calls.delete(id);
    else this.#calls.set(id, call);
    const reason = endReason === null ? '' : ` (${endReason})`;
    return [`Call from ${partyText(from)} to ${partyText(to)}: ${state}${reason}.`];
  }

  #callsNotIn(open: readonly Call[]): string[] {
    const ids = new Set(open.map(({ id }) => id));
    const over = [...this.#calls.values()].filter(({ id }) => !ids.has(id));
    return over.map(({ id, from, to }) => {
      this.#calls.delete(id);
      return `Call from ${partyText(from)} to ${partyText(to)}: over, its end was not seen.`;
    });
  }

  #client({ id, keyName, address }: ClientNamed): string[] {
    if (this.#clients.has(id)) return [];
    this.#clients.set(id, { id, keyName, address });
    return [`Client: ${keyName} at ${address} is connected.`];
  }

  #clientGone({ id, keyName, address }: ClientNamed): string[] {
    this.#clients.delete(id);
    return [`Client: ${keyName} at ${address} has gone.`];
  }

  #clientsNotIn(connected: readonly ClientNamed[]): string[] {
    const ids = new Set(connected.map(({ id }) => id));
    const gone = [...this.#clients.values()].filter(({ id }) => !ids.has(id));
    return gone.flatMap(one => this.#clientGone(one));
  }

  #key({ id, name, isLive }: Pick<KeyTold, 'id' | 'name' | 'isLive'>): string[] {
    const before = this.#keys.get(id);
    this.#keys.set(id, isLive);
    if (before === isLive) return [];
    return [`Key ${name} (${id}) ${isLive ? 'is in force' : 'has ended'}.`];
  }
}
