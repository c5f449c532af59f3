import type { AgentBody } from '../../../shared/journal-entry.ts';
import type { Clock, EventSink, HealthReporter } from '../../core/ports.ts';
import { ProtocolError } from './bounded-json.ts';
import { PbxError, wordsOf } from './http/pbx-error.ts';
import type { XapiClient } from './http/xapi-client.ts';
import type { LegBook } from './live/leg-book.ts';
import { Poll } from './live/poll.ts';
import type { User } from './messages.ts';
import { nameOfUser } from './normalise.ts';
import { SOURCE_NAME, type ThreeCxLimits } from './options.ts';
import { describeUsers, type Roster, readUsers } from './roster.ts';

interface AgentParts {
  client: XapiClient;
  book: LegBook;
  roster: Roster;
  sink: EventSink;
  health: HealthReporter;
  clock: Clock;
  limits: ThreeCxLimits;
  signal: AbortSignal;
  onFault: (error: unknown) => void;
}

/** A large or slow PBX is asked less often: for every second it works for us, it rests so many. */
const PAUSE_SHARE = 20;
/** After a refusal by rights, which do not change by themselves. */
const REFUSED_RETRY_MS = 300_000;

/**
 * 3CX tells no change of an agent's state, so it is asked for. The first answer is told whole: what changed while
 * nobody listened would else never be known.
 */
export class Agents {
  readonly poll: Poll;
  readonly #parts: AgentParts;
  readonly #states = new Map<string, AgentBody>();
  #isRosterRead = false;
  #fault: string | null = null;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { limits, clock, onFault } = parts;
    this.poll = new Poll({
      work: signal => this.#once(signal),
      onFault,
      gapMinMs: limits.pollGapMinMs,
      clock,
    });
  }

  /** Why the last answer did not come; null when it did, or none was asked for yet. */
  get fault(): string | null {
    return this.#fault;
  }

  /** As of the last answer; asked for when there was none yet. */
  async current(): Promise<AgentBody[]> {
    if (this.#states.size === 0) this.#take(await readUsers(this.#parts.client, this.#parts.signal));
    return [...this.#states.values()];
  }

  async #once(signal: AbortSignal): Promise<number> {
    const { client, limits, health, roster, clock } = this.#parts;
    const beganAt = clock.elapsed();
    try {
      this.#take(await readUsers(client, signal));
      this.#fault = null;
      if (!this.#isRosterRead) await roster.entries();
      this.#isRosterRead = true;
      const tookMs = clock.elapsed() - beganAt;
      return Math.max(limits.agentsEveryMs, tookMs * PAUSE_SHARE);
    } catch (error) {
      if (error instanceof PbxError && error.fault === 'stopped') return 0;
      this.#fault = wordsOf(error);
      const code = error instanceof ProtocolError ? error.code : 'agents_unreadable';
      health.incident({
        code,
        place: 'agents',
        detail: `Agents' states could not be read: ${this.#fault}`,
      });
      const isRefused = error instanceof PbxError && error.fault === 'forbidden';
      const askedMs = error instanceof PbxError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
      return Math.max(askedMs, isRefused ? REFUSED_RETRY_MS : limits.agentsEveryMs);
    }
  }

  #take(users: readonly User[]): void {
    const { book, clock, sink } = this.#parts;
    const now = clock.now();
    describeUsers(book, users);
    const numbers = new Set(users.map(user => user.Number));
    for (const dn of this.#states.keys()) if (!numbers.has(dn)) this.#states.delete(dn);
    for (const user of users) {
      const next = agentOf(user, now);
      const before = this.#states.get(next.dn);
      if (before && sameState(before, next)) continue;
      this.#states.set(next.dn, next);
      sink.append({
        time: now,
        type: 'agent',
        source: SOURCE_NAME,
        dns: [next.dn],
        body: JSON.stringify(next),
      });
    }
  }
}

function agentOf(user: User, now: number): AgentBody {
  return {
    dn: user.Number,
    name: nameOfUser(user),
    queueStatus: user.QueueStatus ?? '',
    profile: user.CurrentProfileName ?? '',
    since: new Date(now).toISOString(),
  };
}

function sameState(a: AgentBody, b: AgentBody): boolean {
  return a.queueStatus === b.queueStatus && a.profile === b.profile && a.name === b.name;
}
