import type { Database } from 'better-sqlite3';
import type { Call } from '../../../shared/call.ts';
import type { EntryType, JournalEntry } from '../../../shared/journal-entry.ts';
import type { Heard } from '../ports.ts';
import type { Continuity } from './continuity.ts';
import { type Turn, VolatileTail, type WrittenTurn } from './volatile-tail.ts';

interface JournalLimits {
  maxEvents: number;
  maxAgeMs: number;
  maxBytes: number;
}

interface JournalOptions {
  database: Database;
  limits: JournalLimits;
  continuity: Continuity;
}

interface Row {
  seq: number;
  time: number;
  type: string;
  source: string;
  dns: string;
  body: string;
}

const PRUNE_ROWS_PER_TURN = 1000;
/** Entries at the end of the log among which an event of the source is looked for. */
const HEARD_LOOK_BACK = 1000;

/** The ordered log on disk. It alone gives out seq, and everything delivered was written here first. */
export class Journal {
  readonly #database: Database;
  #limits: JournalLimits;
  readonly #continuity: Continuity;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #write: (turns: WrittenTurn[]) => void;
  readonly #tail = new VolatileTail();
  #head: number;
  #oldest: number;

  constructor({ database, limits, continuity }: JournalOptions) {
    this.#database = database;
    this.#limits = limits;
    this.#continuity = continuity;
    this.#statements = prepare(database);
    this.#write = database.transaction((turns: WrittenTurn[]) => this.#insert(turns));
    const { head, oldest } = this.#statements.bounds.get() as { head: number | null; oldest: number | null };
    this.#head = head ?? 0;
    this.#oldest = oldest ?? this.#head + 1;
  }

  get epoch(): string {
    return this.#continuity.epoch;
  }

  /** Why old cursors mean nothing any more since this start; null when they do, or there were none. */
  get whyNewEpoch(): string | null {
    return this.#continuity.whyNew;
  }

  /** The seq of the newest entry; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** The seq of the oldest entry still held; one above the head when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** False while entries are kept in memory only, because the disk does not take them. */
  get isDurable(): boolean {
    return this.#tail.isEmpty;
  }

  get bytes(): number {
    const pages = Number(this.#database.pragma('page_count', { simple: true }));
    const free = Number(this.#database.pragma('freelist_count', { simple: true }));
    return (pages - free) * Number(this.#database.pragma('page_size', { simple: true }));
  }

  /** What is beyond them goes with the next pruning. */
  setLimits(limits: JournalLimits): void {
    this.#limits = limits;
  }

  /**
   * Writes one turn of the event loop in one transaction. When the disk refuses, the entries live on in memory and
   * are delivered all the same; the error is returned, not thrown.
   */
  append(turn: Turn): { entries: JournalEntry[]; fault: unknown } {
    const entries = turn.drafts.map((draft, index) => ({ ...draft, seq: this.#head + 1 + index }));
    let fault: unknown = null;
    if (this.#tail.isEmpty) {
      try {
        this.#write([{ entries, turn }]);
      } catch (error) {
        fault = error;
        this.#continuity.markBroken();
        this.#tail.push({ entries, turn });
      }
    } else {
      this.#tail.push({ entries, turn });
    }
    // What memory has given up leaves a hole behind what is on disk: the log begins after it.
    if (this.#tail.hasLost) this.#oldest = this.#tail.oldest;
    this.#head += entries.length;
    return { entries, fault };
  }

  /** Tries to put on disk what only memory holds. Throws what the disk says while it still refuses. */
  recover(): void {
    if (this.#tail.isEmpty) return;
    this.#write(this.#tail.turns());
    if (this.#tail.hasLost) {
      this.#statements.remove.run(this.#oldest - 1);
      this.#continuity.breakOff();
    }
    this.#continuity.markSound();
    this.#tail.clear();
  }

  read(after: number, limit: number): JournalEntry[] {
    const stored = (this.#statements.page.all(after, limit) as Row[]).map(toEntry);
    if (this.#tail.isEmpty || stored.length === limit) return stored;
    return [...stored, ...this.#tail.after(Math.max(after, stored.at(-1)?.seq ?? 0), limit - stored.length)];
  }

  /** One tiny write. While only memory takes entries it says nothing: then a new epoch will tell all that is gone. */
  noteHeard(source: string, heard: Heard): void {
    if (this.isDurable) this.#continuity.noteHeard(source, heard);
  }

  /** Until when a source was surely heard before this start; null when it never was. */
  heardUntil(source: string): number | null {
    const noted = this.#continuity.heard(source);
    if (noted?.isBlind) return noted.until;
    const newest = this.read(Math.max(0, this.#head - HEARD_LOOK_BACK), HEARD_LOOK_BACK);
    // Other entries come also when the source hears nothing.
    const event = newest.findLast(entry => entry.type === 'call_event' && entry.source === source);
    if (noted === null) return newest.at(-1)?.time ?? null;
    return Math.max(noted.until, event?.time ?? 0);
  }

  openCalls(): Call[] {
    return (this.#statements.openCalls.all() as { body: string }[]).map(row => JSON.parse(row.body) as Call);
  }

  /** Removes a bounded number of rows beyond the limits; true when there is more to remove. The newest row stays. */
  prune(now: number): boolean {
    const isTooLarge = this.bytes > this.#limits.maxBytes;
    const last = this.#head - (isTooLarge ? 1 : this.#limits.maxEvents);
    const upTo = Math.min(this.#oldest + PRUNE_ROWS_PER_TURN - 1, this.#head - 1);
    const byCount = Math.min(last, upTo);
    const byAge =
      (this.#statements.olderThan.get(now - this.#limits.maxAgeMs, upTo) as { seq: number | null }).seq ?? 0;
    const until = Math.max(byCount, byAge);
    if (until < this.#oldest) return false;
    this.#statements.remove.run(until);
    this.#database.pragma('incremental_vacuum(256)');
    this.#oldest = until + 1;
    return until === upTo && upTo < this.#head - 1;
  }

  close(): void {
    if (this.isDurable) this.#continuity.markClean();
    this.#database.close();
  }

  #insert(turns: WrittenTurn[]): void {
    const { insert, putCall, dropCall } = this.#statements;
    for (const { entries, turn } of turns) {
      for (const { seq, time, type, source, dns, body } of entries) {
        insert.run(seq, time, type, source, dns.length === 0 ? '' : `,${dns.join(',')},`, body);
      }
      for (const [id, call] of turn.calls) {
        if (call === null) dropCall.run(id);
        else putCall.run(id, call);
      }
    }
  }
}

function prepare(database: Database) {
  return {
    bounds: database.prepare(
      // Both in one SELECT would read the whole table.
      'SELECT (SELECT max(seq) FROM journal) AS head, (SELECT min(seq) FROM journal) AS oldest',
    ),
    page: database.prepare(
      'SELECT seq, time, type, source, dns, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    insert: database.prepare(
      // What was written before a recovery failed at its end is there already.
      'INSERT INTO journal (seq, time, type, source, dns, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING',
    ),
    remove: database.prepare('DELETE FROM journal WHERE seq <= ?'),
    olderThan: database.prepare('SELECT max(seq) AS seq FROM journal WHERE time < ? AND seq <= ?'),
    putCall: database.prepare(
      'INSERT INTO open_calls (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    ),
    dropCall: database.prepare('DELETE FROM open_calls WHERE id = ?'),
    openCalls: database.prepare('SELECT body FROM open_calls'),
  };
}

function toEntry({ seq, time, type, source, dns, body }: Row): JournalEntry {
  // The table is written by this file only, so its types are ours.
  return { seq, time, type: type as EntryType, source, dns: dns.split(',').filter(Boolean), body };
}
