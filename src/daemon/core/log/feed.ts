import type { GapBody } from '../../../shared/journal-entry.ts';
import type { Clock } from '../ports.ts';
import { type EntryFilter, matches } from './filter.ts';
import type { Delivery, Hub } from './hub.ts';
import type { Journal } from './journal.ts';

/** Where a client's stream goes: a WebSocket or an event stream. */
interface FeedOutlet {
  /** In order; never called after `close`. */
  send(deliveries: readonly Delivery[]): void;
  gap(gap: GapBody): void;
  /** Bytes handed over that the client has not taken yet. */
  pendingBytes(): number;
  /** The client is too slow to be served: end it. */
  cut(): void;
}

interface FeedOptions {
  journal: Journal;
  hub: Hub;
  clock: Clock;
  outlet: FeedOutlet;
  filter: EntryFilter;
  cursor: Cursor;
}

/** What a client says it has. */
export interface Cursor {
  /** Raw text of `after`; null when the client wants only what comes from now on. */
  after: string | null;
  epoch: string | null;
}

const PENDING_MAX_BYTES = 262_144;
const PENDING_LOW_BYTES = 65_536;
const PAGE_ENTRIES = 500;
const STALLED_MAX_MS = 30_000;
const LOOK_AGAIN_MS = 20;

/**
 * One client's stream: first what it missed, read from the journal at its own pace, then live. A client that does
 * not take what it is sent falls out of the live path and costs nothing but its cursor until it is level again.
 *
 * Intake and journal are synchronous, so reading the last page and joining the hub happen within one turn: nothing
 * can come between.
 */
export class Feed {
  readonly #options: FeedOptions;
  #filter: EntryFilter;
  /** All up to here was sent or does not match. */
  #position: number;
  #lastSent: { seq: number; isExact: boolean };
  #leaveHub: (() => void) | null = null;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #stalledSince: number | null = null;
  #pendingBefore = 0;
  #isClosed = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#filter = options.filter;
    this.#position = options.journal.head;
    this.#lastSent = { seq: this.#position, isExact: false };
  }

  get position(): number {
    return this.#position;
  }

  get isLive(): boolean {
    return this.#leaveHub !== null;
  }

  start(): void {
    const { journal, cursor, outlet } = this.#options;
    const { position, gap } = placeOf(journal, cursor);
    this.#moveTo(position);
    if (gap) outlet.gap(gap);
    this.#catchUp();
  }

  /** Another filter from here on. */
  refilter(filter: EntryFilter): void {
    this.#leave();
    this.#filter = filter;
    this.#lastSent = { seq: this.#position, isExact: false };
    this.#catchUp();
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
  }

  #moveTo(position: number): void {
    this.#position = position;
    this.#lastSent = { seq: position, isExact: false };
  }

  #catchUp(): void {
    if (this.#isClosed) return;
    const { journal, outlet } = this.#options;
    if (outlet.pendingBytes() > PENDING_LOW_BYTES) return this.#waitForDrain();
    this.#stalledSince = null;
    if (this.#position < journal.oldest - 1 && this.#position < journal.head) return outlet.cut();
    this.#sendPage();
    if (this.#position >= journal.head) return this.#goLive();
    this.#timer = setImmediate(() => this.#catchUp());
  }

  #sendPage(): void {
    const { journal, outlet } = this.#options;
    const page = journal.read(this.#position, PAGE_ENTRIES);
    const deliveries: Delivery[] = [];
    for (const entry of page) {
      this.#position = entry.seq;
      if (!matches(this.#filter, entry)) continue;
      deliveries.push({ entry, prev: this.#lastSent.seq });
      this.#lastSent = { seq: entry.seq, isExact: true };
    }
    if (deliveries.length > 0) outlet.send(deliveries);
  }

  #goLive(): void {
    const { hub } = this.#options;
    this.#leaveHub = hub.join(
      this.#filter,
      { deliver: deliveries => this.#deliver(deliveries) },
      this.#lastSent,
    );
  }

  #deliver(deliveries: readonly Delivery[]): void {
    const { outlet, journal } = this.#options;
    outlet.send(deliveries);
    const last = deliveries.at(-1)?.entry.seq ?? this.#position;
    this.#position = last;
    this.#lastSent = { seq: last, isExact: true };
    if (outlet.pendingBytes() <= PENDING_MAX_BYTES) return;
    this.#leave();
    this.#position = Math.max(last, Math.min(this.#position, journal.head));
    this.#waitForDrain();
  }

  /** Asks now and then whether the client has taken something; no progress for too long ends it. */
  #waitForDrain(): void {
    const { outlet, clock } = this.#options;
    const pending = outlet.pendingBytes();
    const isMoving = pending < this.#pendingBefore;
    this.#pendingBefore = pending;
    this.#stalledSince = isMoving ? clock.elapsed() : (this.#stalledSince ?? clock.elapsed());
    if (clock.elapsed() - this.#stalledSince > STALLED_MAX_MS) return outlet.cut();
    this.#timer = setTimeout(() => this.#catchUp(), LOOK_AGAIN_MS);
  }

  #leave(): void {
    this.#leaveHub?.();
    this.#leaveHub = null;
  }
}

/** Where to begin for what a client says it has, and what it must be told is missing. */
export function placeOf(
  journal: Journal,
  { after, epoch }: Cursor,
): { position: number; gap: GapBody | null } {
  const { head, oldest } = journal;
  if (after === null) return { position: head, gap: null };
  const seq = /^\d{1,16}$/.test(after) ? Number(after) : Number.NaN;
  const gap = (reason: GapBody['reason'], detail: string): { position: number; gap: GapBody } => ({
    position: oldest - 1,
    gap: {
      scope: 'client',
      reason,
      from: Number.isSafeInteger(seq) ? seq + 1 : null,
      to: oldest - 1,
      detail,
    },
  });
  if (epoch !== null && epoch !== journal.epoch) {
    return gap('epoch', 'The log began anew since then; what stood in the old one cannot be given any more.');
  }
  if (!Number.isSafeInteger(seq) || seq > head) {
    return gap('too_far', `There is no entry with that number; the newest is ${head}.`);
  }
  if (seq < oldest - 1) return gap('expired', 'These entries are older than the log keeps them.');
  return { position: seq, gap: null };
}
