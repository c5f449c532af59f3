import { counted } from '../../shared/telling/counted.ts';
import type { LogEntry } from '../../shared/telling/entry-told.ts';
import { Tail } from './tail.ts';

/** `key` is ours: gaps have no place in the log. `note` stands for a body that is too large; only its beginning is kept. */
export type EventShown = LogEntry & { key: string; note?: string };

export interface EventPage {
  epoch: string;
  entries: readonly LogEntry[];
}

const KEPT = 2000;
/** An event may have megabytes: nobody reads them here, and two thousand of them would not fit into memory. */
const DATA_MAX_CHARS = 16_384;
const DATA_BEGIN_CHARS = 2000;

/** The newest entries of the log, in order and each once, with what was missed said where it is missing. */
export class EventTail {
  readonly #tail = new Tail<EventShown>(KEPT);
  /** What comes live while the page before it is still asked for. */
  #waiting: LogEntry[] | null = null;
  #epoch: string | null = null;
  #last = 0;
  #gaps = 0;

  get all(): readonly EventShown[] {
    return this.#tail.all;
  }

  /** The place after which a page is needed, when the log now has this head. */
  placeBefore({ epoch, head }: { epoch: string; head: number }, most: number): number {
    const known = epoch === this.#epoch ? this.#last : 0;
    return Math.max(known, head - most, 0);
  }

  /** From now on live entries wait for the page. */
  awaitPage(): void {
    this.#waiting = [];
  }

  addPage({ epoch, entries }: EventPage, now: number): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    // Also when the page could not be had: then the hole is before what came live.
    const first = [...entries, ...waiting].find(({ seq }) => seq !== undefined)?.seq ?? 0;
    if (epoch !== this.#epoch) {
      if (this.#epoch !== null) this.#say('The log began anew: what stands above has other places.', now);
      this.#epoch = epoch;
      this.#last = 0;
    } else if (first > this.#last + 1 && this.#last > 0) {
      this.#say(
        `${counted(first - this.#last - 1, 'entry', 'entries')} came while this was not connected.`,
        now,
      );
    }
    for (const entry of [...entries, ...waiting]) this.add(entry);
  }

  add(entry: LogEntry): void {
    if (this.#waiting !== null) return this.#wait(entry);
    const { seq } = entry;
    if (seq !== undefined) {
      if (seq <= this.#last) return;
      this.#last = seq;
    }
    this.#tail.add({ ...bounded(entry), key: seq === undefined ? this.#nextGap() : String(seq) });
  }

  /** No more than is ever shown. */
  #wait(entry: LogEntry): void {
    this.#waiting?.push(bounded(entry));
    if ((this.#waiting?.length ?? 0) > KEPT) this.#waiting?.shift();
  }

  skipped(count: number, now: number): void {
    this.#say(`${counted(count, 'entry', 'entries')} came too fast to be shown here.`, now);
  }

  #say(what: string, time: number): void {
    const detail = `${what} '3cx-relay listen' and '3cx-relay history' have them.`;
    this.add({ type: 'skipped', time, detail });
  }

  #nextGap(): string {
    this.#gaps += 1;
    return `gap ${this.#gaps}`;
  }
}

function bounded(entry: LogEntry): LogEntry & { note?: string } {
  const text = JSON.stringify(entry.data) ?? '';
  if (text.length <= DATA_MAX_CHARS) return entry;
  const note = `${text.length} characters are too many to be shown; '3cx-relay listen --json' has all of them.`;
  return { ...entry, note, data: { note, begin: text.slice(0, DATA_BEGIN_CHARS) } };
}
