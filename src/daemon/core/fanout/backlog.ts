import { type EntryFilter, matches } from '../log/filter.ts';
import type { Journal } from '../log/journal.ts';
import { Batch, type Delivery } from './batch.ts';
import { Pacer } from './pacer.ts';

interface Page {
  /** All up to here was looked at. */
  upTo: number;
  /** Null when nothing matched. */
  batch: Batch | null;
}

interface Wanted {
  after: number;
  key: string;
  filter: EntryFilter;
  /** The seq that the first match names as the one before it. */
  prev: number;
}

const PAGE_ENTRIES = 128;
const KEPT_PAGES = 64;
/** Pages are worth keeping while many come back at once, not on a quiet night. */
const KEPT_MS = 5000;
/** Those who catch up take this much of a turn together, so that live clients hardly notice them. */
const SLICE_MS = 1;

/**
 * What clients missed, read from the journal. After an outage many come back with nearby cursors and read the same
 * entries: pages end at round numbers, so that soon all ask for the same page, which is read and encoded once.
 */
export class Backlog {
  readonly journal: Journal;
  readonly onFault: (error: unknown) => void;
  readonly pacer = new Pacer(SLICE_MS);
  readonly #pages = new Map<string, Page>();
  #forget: NodeJS.Timeout | undefined;

  /** `onFault` is told what made a page unreadable. */
  constructor(journal: Journal, onFault: (error: unknown) => void = () => {}) {
    this.journal = journal;
    this.onFault = onFault;
  }

  page({ after, key, filter, prev }: Wanted): Page {
    const { epoch, head } = this.journal;
    const upTo = Math.min(head, (Math.floor(after / PAGE_ENTRIES) + 1) * PAGE_ENTRIES);
    const name = `${epoch} ${after} ${upTo} ${prev} ${key}`;
    const page = this.#pages.get(name) ?? this.#read({ after, key, filter, prev }, upTo);
    // The newest use is last, so the first one is the one to give up.
    this.#pages.delete(name);
    this.#pages.set(name, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > KEPT_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    this.#forget ??= setTimeout(() => this.#forgetAll(), KEPT_MS).unref();
    return page;
  }

  #read({ after, filter, prev }: Wanted, upTo: number): Page {
    const deliveries: Delivery[] = [];
    let before = prev;
    let seen = after;
    for (const entry of this.journal.read(after, upTo - after)) {
      seen = entry.seq;
      if (!matches(filter, entry)) continue;
      deliveries.push({ entry, prev: before });
      before = entry.seq;
    }
    return { upTo: seen, batch: deliveries.length === 0 ? null : new Batch(deliveries) };
  }

  #forgetAll(): void {
    this.#forget = undefined;
    this.#pages.clear();
  }
}
