import type { Draft, JournalEntry } from '../../../shared/journal-entry.ts';

/** What one transaction writes: entries, and the calls they changed as they are after them. */
export interface Turn {
  drafts: Draft[];
  /** JSON by id; null for one that has ended. */
  calls: Map<string, string | null>;
}

export interface WrittenTurn {
  entries: JournalEntry[];
  turn: Turn;
}

/** Some minutes of a busy system. Beyond that the oldest are given up, and continuity with them. */
const ENTRIES_MAX = 50_000;

/** The end of the log while the disk does not take it: delivered, readable, and written as soon as it does. */
export class VolatileTail {
  #turns: WrittenTurn[] = [];
  #count = 0;
  #hasLost = false;

  get isEmpty(): boolean {
    return this.#turns.length === 0;
  }

  /** True when entries were given up: what clients have seen can no longer be proven. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** The seq of the first entry that is still here. */
  get oldest(): number {
    return this.#turns[0]?.entries[0]?.seq ?? 0;
  }

  turns(): WrittenTurn[] {
    return this.#turns;
  }

  push(turn: WrittenTurn): void {
    this.#turns.push(turn);
    this.#count += turn.entries.length;
    while (this.#count > ENTRIES_MAX && this.#turns.length > 1) {
      this.#count -= this.#turns.shift()?.entries.length ?? 0;
      this.#hasLost = true;
    }
  }

  after(seq: number, limit: number): JournalEntry[] {
    const found: JournalEntry[] = [];
    for (const { entries } of this.#turns) {
      for (const entry of entries) {
        if (entry.seq > seq) found.push(entry);
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  clear(): void {
    this.#turns = [];
    this.#count = 0;
    this.#hasLost = false;
  }
}
