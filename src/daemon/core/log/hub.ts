import type { JournalEntry } from '../../../shared/journal-entry.ts';
import type { HealthReporter } from '../ports.ts';
import { type EntryFilter, filterKey, matches } from './filter.ts';

/** An entry together with the seq of the one before it in the same filter. */
export interface Delivery {
  entry: JournalEntry;
  prev: number;
}

interface Subscriber {
  deliver(deliveries: readonly Delivery[]): void;
}

interface Group {
  filter: EntryFilter;
  subscribers: Set<Subscriber>;
  /** At most the true predecessor of the next match; see `join`. */
  lastMatch: number;
}

/** Fan-out inside the process: clients with equal filters form a group that is filtered once and told the same. */
export class Hub {
  readonly #health: HealthReporter;
  readonly #groups = new Map<string, Group>();

  constructor(health: HealthReporter) {
    this.#health = health;
  }

  /**
   * `lastMatch` is the seq the subscriber was last sent, if it was sent one since it came, else its cursor as an
   * upper bound. A group never states a `prev` above what any of its members knows, so no member sees a hole
   * that is none.
   */
  join(
    filter: EntryFilter,
    subscriber: Subscriber,
    lastMatch: { seq: number; isExact: boolean },
  ): () => void {
    const key = filterKey(filter);
    const group = this.#groups.get(key) ?? { filter, subscribers: new Set(), lastMatch: lastMatch.seq };
    group.lastMatch = lastMatch.isExact ? lastMatch.seq : Math.min(group.lastMatch, lastMatch.seq);
    group.subscribers.add(subscriber);
    this.#groups.set(key, group);
    return () => {
      group.subscribers.delete(subscriber);
      if (group.subscribers.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key);
    };
  }

  publish(entries: readonly JournalEntry[]): void {
    for (const group of this.#groups.values()) {
      const deliveries: Delivery[] = [];
      for (const entry of entries) {
        if (!matches(group.filter, entry)) continue;
        deliveries.push({ entry, prev: group.lastMatch });
        group.lastMatch = entry.seq;
      }
      if (deliveries.length > 0) this.#tell(group, deliveries);
    }
  }

  #tell(group: Group, deliveries: readonly Delivery[]): void {
    for (const subscriber of [...group.subscribers]) {
      try {
        subscriber.deliver(deliveries);
      } catch (error) {
        group.subscribers.delete(subscriber);
        this.#health.incident({ code: 'E_SUBSCRIBER', place: 'hub', detail: String(error) });
      }
    }
  }
}
