import type { Draft, JournalEntry } from '../../shared/journal-entry.ts';
import type { CallFact } from './call-fact.ts';
import type { CallBook, CallNews } from './calls/call-book.ts';
import { callText, dnsOfCall } from './calls/call-view.ts';
import { ClockWatch } from './clock-watch.ts';
import type { Journal } from './log/journal.ts';
import type { Turn } from './log/volatile-tail.ts';
import type { Clock, EventSink, HealthReporter, Service } from './ports.ts';

interface IntakeOptions {
  journal: Journal;
  book: CallBook;
  clock: Clock;
  health: HealthReporter;
  publish: (entries: JournalEntry[]) => void;
  /** Told when the disk refuses or takes again. */
  onDurability: (state: { isDurable: boolean; fault: string | null }) => void;
}

const RETRY_DISK_MS = 5000;
const PRUNE_EVERY_MS = 5000;
/** While calls wait for their end, a clock that was set is noticed so soon. */
const LOOK_AT_CLOCK_MS = 1000;
/** A clock that was set forward is believed only after so long: what it makes too old cannot be brought back. */
const DISTRUST_MS = 3_600_000;

/** The one door: what arrives within a turn of the event loop is written together, then published. */
export class Intake implements EventSink, Service {
  readonly #options: IntakeOptions;
  readonly #clockWatch: ClockWatch;
  #setForward = { byMs: 0, at: Number.NEGATIVE_INFINITY };
  #pending: ({ draft: Draft } | { fact: CallFact })[] = [];
  #waitingSince = 0;
  #turn: NodeJS.Immediate | undefined;
  #tick: NodeJS.Timeout | undefined;
  #timers: NodeJS.Timeout[] = [];
  #isStopped = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#clockWatch = new ClockWatch(options.clock);
  }

  start(): void {
    const { journal, book, clock } = this.#options;
    book.restore(journal.openCalls(), clock.now());
    // Calls that nobody confirms end without any event that would remind us.
    this.#planTick();
    this.#timers = [
      setInterval(() => this.#retryDisk(), RETRY_DISK_MS),
      setInterval(() => this.#prune(), PRUNE_EVERY_MS),
    ];
  }

  stop(): void {
    clearImmediate(this.#turn);
    clearTimeout(this.#tick);
    for (const timer of this.#timers) clearInterval(timer);
    this.flush();
    clearTimeout(this.#tick);
    // The sources have stopped before; what a last timer of theirs still says belongs to the next start's gap.
    this.#isStopped = true;
  }

  /** How long the oldest of what waits has waited: within a turn or two it is written. */
  waitingMs(): number {
    return this.#pending.length === 0 ? 0 : this.#options.clock.elapsed() - this.#waitingSince;
  }

  append(draft: Draft): void {
    this.#add({ draft });
  }

  learn(fact: CallFact): void {
    this.#add({ fact });
  }

  /** Writes and publishes what waits; called at the end of each turn, and once at the stop. */
  flush(): void {
    this.#turn = undefined;
    this.#lookAtClock();
    const { journal, publish, onDurability } = this.#options;
    const turn: Turn = { drafts: [], calls: new Map() };
    for (const item of this.#pending) {
      if ('draft' in item) turn.drafts.push(item.draft);
      else this.#fold(turn, item.fact);
    }
    this.#pending = [];
    this.#note(turn, this.#options.book.tick(this.#options.clock.now()));
    this.#planTick();
    if (turn.drafts.length === 0) return;
    const wasDurable = journal.isDurable;
    const { entries, fault } = journal.append(turn);
    if (wasDurable && fault !== null) onDurability({ isDurable: false, fault: String(fault) });
    publish(entries);
  }

  #add(item: { draft: Draft } | { fact: CallFact }): void {
    if (this.#isStopped) return;
    if (this.#pending.length === 0) this.#waitingSince = this.#options.clock.elapsed();
    this.#pending.push(item);
    this.#turn ??= setImmediate(() => this.flush());
  }

  #fold(turn: Turn, fact: CallFact): void {
    try {
      this.#note(turn, this.#options.book.learn(fact));
    } catch (error) {
      // Our own defect must not cost the events that came with it.
      this.#options.health.incident({
        code: 'E_CALL_BOOK',
        place: `call-book ${fact.kind}`,
        detail: String(error),
      });
    }
  }

  #note(turn: Turn, news: CallNews[]): void {
    for (const { change, call, isInferred } of news) {
      const text = callText(call);
      turn.drafts.push({
        time: this.#options.clock.now(),
        type: 'call',
        source: call.source,
        dns: dnsOfCall(call),
        body: `{"change":"${change}","call":${text},"inferred":${isInferred}}`,
      });
      turn.calls.set(call.id, call.state === 'ended' ? null : text);
    }
  }

  #planTick(): void {
    clearTimeout(this.#tick);
    const next = this.#options.book.nextTick();
    if (next === null) return;
    const waitMs = Math.max(0, next - this.#options.clock.now());
    this.#tick = setTimeout(() => this.flush(), Math.min(waitMs, LOOK_AT_CLOCK_MS));
  }

  #lookAtClock(): void {
    const { clock, book } = this.#options;
    const byMs = this.#clockWatch.look();
    if (byMs === 0) return;
    book.clockSet(byMs);
    const { at, byMs: before } = this.#setForward;
    const isRecent = clock.elapsed() - at < DISTRUST_MS;
    // Set back again, it was wrong in between; what is left of a step forward stays doubtful.
    this.#setForward = { byMs: Math.max(0, (isRecent ? before : 0) + byMs), at: clock.elapsed() };
  }

  /** By which the age of entries is judged. */
  #trustedNow(): number {
    const { clock } = this.#options;
    const { byMs, at } = this.#setForward;
    return clock.elapsed() - at < DISTRUST_MS ? clock.now() - byMs : clock.now();
  }

  #retryDisk(): void {
    const { journal, onDurability } = this.#options;
    if (journal.isDurable) return;
    try {
      journal.recover();
      onDurability({ isDurable: true, fault: null });
    } catch (error) {
      onDurability({ isDurable: false, fault: String(error) });
    }
  }

  #prune(): void {
    const { journal, health } = this.#options;
    if (!journal.isDurable) return;
    try {
      this.#lookAtClock();
      // A bounded number of rows a turn, so that the loop never waits for a large deletion.
      if (journal.prune(this.#trustedNow())) setImmediate(() => this.#prune());
    } catch (error) {
      health.incident({ code: 'E_PRUNE', place: 'journal', detail: String(error) });
    }
  }
}
