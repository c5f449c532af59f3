import type { GapBody } from '../../../shared/journal-entry.ts';
import { type Cursor, placeOf } from '../log/cursor.ts';
import { type EntryFilter, filterKey } from '../log/filter.ts';
import type { Clock } from '../ports.ts';
import type { Backlog } from './backlog.ts';
import type { Batch } from './batch.ts';
import type { Hub } from './hub.ts';

/** Where a client's stream goes: a WebSocket or an event stream. */
export interface FeedOutlet {
  /** In order; never called after the feed was closed. */
  send(batch: Batch): void;
  gap(gap: GapBody): void;
  /** Bytes handed over that the client has not taken yet. */
  pendingBytes(): number;
  /** Calls once, when the client has taken all that was pending. */
  onDrained(told: () => void): void;
  /** Ends the client: it is too slow to be served, or we cannot serve it. */
  cut(why: 'slow' | 'fault'): void;
}

export interface FeedParts {
  backlog: Backlog;
  hub: Hub;
  clock: Clock;
}

interface FeedOptions {
  parts: FeedParts;
  outlet: FeedOutlet;
  filter: EntryFilter;
}

const PENDING_MAX_BYTES = 262_144;
const PENDING_LOW_BYTES = 65_536;
const STALLED_MAX_MS = 30_000;
const LOOK_AGAIN_MS = 1000;

/**
 * One client's stream: first what it missed, read from the journal at its own pace, then live. A client that does
 * not take what it is sent falls out of the live path and costs nothing but its cursor until it is level again.
 *
 * Intake and journal are synchronous, so seeing that it is level and joining the hub happen within one turn: nothing
 * can come between. What the hub still has to hand out from before is known by its seq, and skipped.
 */
export class Feed {
  readonly #parts: FeedParts;
  readonly #outlet: FeedOutlet;
  #filter: EntryFilter;
  #key: string;
  /** All up to here was sent or does not match. */
  #position: number;
  /** What it was last sent, or when not exact, a place it knows of. Two fields, not an object for each delivery. */
  #lastSeq: number;
  #isLastExact = false;
  #seat: ReturnType<Hub['join']> | null = null;
  #stallWatch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ parts, outlet, filter }: FeedOptions) {
    this.#parts = parts;
    this.#outlet = outlet;
    this.#filter = filter;
    this.#key = filterKey(filter);
    this.#position = parts.backlog.journal.head;
    this.#lastSeq = this.#position;
  }

  /** All up to here was sent or does not match: a client may move its cursor so far, never further. */
  get position(): number {
    const waiting = this.#seat?.firstWaiting();
    if (waiting === undefined) return this.#position;
    return waiting === null ? this.#parts.backlog.journal.head : Math.max(this.#position, waiting - 1);
  }

  get isLive(): boolean {
    return this.#seat !== null;
  }

  start(cursor: Cursor): void {
    const { position, gap } = placeOf(this.#parts.backlog.journal, cursor);
    this.#position = position;
    this.#lastSeq = position;
    this.#isLastExact = false;
    if (gap) this.#outlet.gap(gap);
    this.#goOn();
  }

  /** Another filter from here on. */
  refilter(filter: EntryFilter): void {
    this.#position = this.position;
    this.#leaveHub();
    this.#filter = filter;
    this.#key = filterKey(filter);
    // What a client that was sent nothing since knows is no more than that.
    this.#isLastExact = false;
    this.#goOn();
  }

  close(): void {
    this.#isClosed = true;
    this.#leaveHub();
    this.#parts.backlog.pacer.drop(this);
    clearInterval(this.#stallWatch);
  }

  /** For the hub. */
  deliver(batch: Batch): void {
    if (batch.last <= this.#position) return;
    this.#send(batch.first > this.#position ? batch : batch.after(this.#position));
    if (this.#outlet.pendingBytes() <= PENDING_MAX_BYTES) return;
    this.#leaveHub();
    this.#waitForDrain();
  }

  /** For the hub: it has too much waiting to hold it for us. */
  fallBehind(upTo: number): void {
    this.#leaveHub();
    // Its filter may have matched nothing for longer than the journal reaches back.
    this.#position = Math.max(this.#position, upTo);
    this.#goOn();
  }

  /** For the hub. */
  fail(): void {
    this.close();
    this.#outlet.cut('fault');
  }

  /** For the pacer: one page of what was missed. */
  step(): void {
    if (this.#isClosed) return;
    const { backlog } = this.#parts;
    const outlet = this.#outlet;
    if (outlet.pendingBytes() > PENDING_LOW_BYTES) return this.#waitForDrain();
    if (this.#position < backlog.journal.oldest - 1) return outlet.cut('slow');
    try {
      const { batch, upTo } = backlog.page({
        ...{ after: this.#position, key: this.#key, filter: this.#filter, prev: this.#lastSeq },
      });
      if (batch) this.#send(batch);
      this.#position = Math.max(this.#position, upTo);
    } catch (error) {
      backlog.onFault(error);
      return outlet.cut('fault');
    }
    this.#goOn();
  }

  #goOn(): void {
    const { backlog, hub } = this.#parts;
    if (this.#isClosed || this.#stallWatch !== undefined) return;
    if (this.#position < backlog.journal.head) return backlog.pacer.add(this);
    this.#seat = hub.join({ key: this.#key, filter: this.#filter }, this, {
      seq: this.#lastSeq,
      isExact: this.#isLastExact,
    });
  }

  #send(batch: Batch): void {
    this.#outlet.send(batch);
    this.#position = batch.last;
    this.#lastSeq = batch.last;
    this.#isLastExact = true;
  }

  /** Goes on when the client has taken what is pending; one that takes nothing for too long is ended. */
  #waitForDrain(): void {
    const { clock } = this.#parts;
    const outlet = this.#outlet;
    let pending = outlet.pendingBytes();
    let movedAt = clock.elapsed();
    this.#stallWatch = setInterval(() => {
      const now = outlet.pendingBytes();
      if (now < pending) movedAt = clock.elapsed();
      pending = now;
      if (clock.elapsed() - movedAt > STALLED_MAX_MS) outlet.cut('slow');
    }, LOOK_AGAIN_MS);
    outlet.onDrained(() => {
      clearInterval(this.#stallWatch);
      this.#stallWatch = undefined;
      this.#goOn();
    });
  }

  #leaveHub(): void {
    this.#seat?.leave();
    this.#seat = null;
  }
}
