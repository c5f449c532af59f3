import type { JournalEntry } from '../../../shared/journal-entry.ts';
import { type EntryFilter, matches } from '../log/filter.ts';
import type { HealthReporter } from '../ports.ts';
import { Batch, type Delivery } from './batch.ts';

interface Member {
  deliver(batch: Batch): void;
  /** Too much waits for its group: it must read on from the journal. All up to `upTo` was handed to it or does not match. */
  fallBehind(upTo: number): void;
  /** It could not be told; it is no member any more. */
  fail(): void;
}

/** A member's place among those who hear the same. */
interface Seat {
  leave(): void;
  /** The seq of the first entry that still waits to be handed to the group; null when none does. */
  firstWaiting(): number | null;
}

interface Group {
  filter: EntryFilter;
  members: Set<Member>;
  /** At most the true predecessor of the next match; see `join`. */
  lastMatch: number;
  /** Published and not handed out yet; what gathers here goes to each member in one piece. */
  waiting: Delivery[];
}

interface Sweep {
  group: Group;
  batch: Batch;
  /** A live view: who leaves meanwhile is not told, who joins meanwhile skips what it has. */
  members: Iterable<Member>;
}

interface HubLimits {
  /** The loop does other work at least this often, however many clients there are. */
  sliceMs: number;
  lookAtClockEvery: number;
  /** A sweep shorter than this is followed by no rest. */
  restAfterMs: number;
  /** How much longer than its sweep a rest is, so that more goes in one piece and handing out takes a third of a core. */
  restShare: number;
  /** A rest is not longer than this, unless half of its sweep is. */
  restMs: number;
  /** Beyond this it is cheaper to let the group read on from the journal than to keep the entries here. */
  waitingMax: number;
}

const LIMITS: HubLimits = {
  sliceMs: 10,
  lookAtClockEvery: 32,
  restAfterMs: 2,
  restShare: 2,
  restMs: 25,
  waitingMax: 4000,
};
const LONG_REST_SHARE = 0.5;
/** A sweep also takes long because the processor is not ours meanwhile, which is no reason to be later still. */
const LONG_REST_MS = 50;
/** Timers are no finer. */
const REST_MIN_MS = 1;

/**
 * Fan-out inside the process. Clients with equal filters form a group: filtered once, encoded once, told the same.
 * All that a turn brings goes to each client as one piece; while a sweep over many clients is under way, what comes
 * meanwhile gathers for the next one, so a busy hub works in larger pieces instead of falling behind.
 */
export class Hub {
  readonly #health: HealthReporter;
  readonly #limits: HubLimits;
  readonly #groups = new Map<string, Group>();
  readonly #ready = new Set<Group>();
  #sweep: Sweep | null = null;
  #planned: NodeJS.Immediate | NodeJS.Timeout | null = null;
  /** By performance.now(). */
  #restsUntil = 0;
  #workedMs = 0;

  constructor(health: HealthReporter, limits: Partial<HubLimits> = {}) {
    this.#health = health;
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * `lastMatch` is the seq the member was last sent, if it was sent one since it came, else its cursor as an
   * upper bound. A group never states a `prev` above what any of its members knows, so no member sees a hole
   * that is none.
   */
  join(
    { key, filter }: { key: string; filter: EntryFilter },
    member: Member,
    lastMatch: { seq: number; isExact: boolean },
  ): Seat {
    const group = this.#groups.get(key) ?? {
      filter,
      members: new Set(),
      lastMatch: lastMatch.seq,
      waiting: [],
    };
    group.lastMatch = lastMatch.isExact ? lastMatch.seq : Math.min(group.lastMatch, lastMatch.seq);
    group.members.add(member);
    this.#groups.set(key, group);
    return {
      leave: () => {
        group.members.delete(member);
        if (group.members.size > 0) return;
        if (this.#groups.get(key) === group) this.#groups.delete(key);
        this.#ready.delete(group);
      },
      firstWaiting: () => this.#firstWaiting(group),
    };
  }

  publish(entries: readonly JournalEntry[]): void {
    for (const group of this.#groups.values()) this.#match(group, entries);
    if (this.#planned !== null || this.#ready.size === 0) return;
    const restMs = this.#restsUntil - performance.now();
    if (restMs < REST_MIN_MS) this.#handOut();
    else this.#planned = setTimeout(() => this.#handOut(), restMs);
  }

  #match(group: Group, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (!matches(group.filter, entry)) continue;
      group.waiting.push({ entry, prev: group.lastMatch });
      group.lastMatch = entry.seq;
    }
    if (group.waiting.length > this.#limits.waitingMax) this.#letFallBehind(group);
    else if (group.waiting.length > 0) this.#ready.add(group);
  }

  #firstWaiting(group: Group): number | null {
    if (this.#sweep?.group === group) return this.#sweep.batch.first;
    return group.waiting[0]?.entry.seq ?? null;
  }

  #letFallBehind(group: Group): void {
    const upTo = (this.#firstWaiting(group) ?? 0) - 1;
    group.waiting = [];
    this.#ready.delete(group);
    for (const member of group.members) member.fallBehind(upTo);
  }

  /** Goes on until all is handed out or the time is up; then the loop has its turn first. */
  #handOut(): void {
    this.#planned = null;
    const { sliceMs, lookAtClockEvery } = this.#limits;
    const startedAt = performance.now();
    const until = startedAt + sliceMs;
    let told = 0;
    for (let sweep = this.#nextSweep(); sweep !== null; sweep = this.#nextSweep()) {
      // An iterator of a Set goes on where it was left.
      for (const member of sweep.members) {
        this.#tell(member, sweep);
        told += 1;
        if (told % lookAtClockEvery > 0 || performance.now() < until) continue;
        this.#workedMs += performance.now() - startedAt;
        this.#planned = setImmediate(() => this.#handOut());
        return;
      }
      this.#sweep = null;
    }
    this.#rest(performance.now(), startedAt);
  }

  /** Nothing is left to hand out. What comes next waits the longer, the longer this took. */
  #rest(now: number, startedAt: number): void {
    const { restAfterMs, restShare, restMs } = this.#limits;
    const workedMs = this.#workedMs + now - startedAt;
    this.#workedMs = 0;
    if (workedMs < restAfterMs) return;
    const usual = Math.min(workedMs * restShare, restMs);
    this.#restsUntil = now + Math.max(usual, Math.min(workedMs * LONG_REST_SHARE, LONG_REST_MS));
  }

  #nextSweep(): Sweep | null {
    if (this.#sweep) return this.#sweep;
    const [group] = this.#ready;
    if (group === undefined) return null;
    this.#ready.delete(group);
    this.#sweep = { group, batch: new Batch(group.waiting), members: group.members.values() };
    group.waiting = [];
    return this.#sweep;
  }

  #tell(member: Member, { group, batch }: Sweep): void {
    try {
      member.deliver(batch);
    } catch (error) {
      group.members.delete(member);
      this.#health.incident({ code: 'E_SUBSCRIBER', place: 'hub', detail: String(error) });
      // It would wait for ever, and be told that nothing was missed.
      member.fail();
    }
  }
}
