import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { Clock, Service } from '../core/ports.ts';
import { transaction } from '../store/database.ts';
import { asAppError } from '../store/database-fault.ts';
import { AuditTable, type PageOrder } from './audit-table.ts';
import { ChainCheck, type ChainFault, GENESIS, type Head, hashOf } from './chain.ts';
import { type AuditNote, type AuditRow, contentOf, outcomeOf } from './entry.ts';

interface AuditLogOptions {
  database: Database;
  clock: Clock;
  /** Told the head at the start, every hour and at the stop, for a log that lies elsewhere. */
  onHead?: (head: Head) => void;
}

interface AuditPage {
  /** Newest first. */
  rows: AuditRow[];
  /** For the next page; null: this was the last. */
  cursor: number | null;
}

interface AuditReport {
  /** Rows that are as they were written, from the first on. */
  sound: Head;
  fault: ChainFault | null;
}

const HEAD_EVERY_MS = 3_600_000;
const PAGE_ROWS = 100;
const PAGE_ROWS_MAX = 1000;
/** Few enough that nobody else on the event loop notices. */
const SLICE_ROWS = 100;

/** What was done, by whom and from where: only ever added to, and chained so that any change is found. */
export class AuditLog implements Service {
  readonly #database: Database;
  readonly #table: AuditTable;
  readonly #clock: Clock;
  readonly #onHead: (head: Head) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor({ database, clock, onHead = () => {} }: AuditLogOptions) {
    this.#database = database;
    this.#table = new AuditTable(database);
    this.#clock = clock;
    this.#onHead = onHead;
  }

  start(signal: AbortSignal): void {
    this.#tellHead();
    this.#timer = setInterval(() => this.#tellHead(), HEAD_EVERY_MS).unref();
    signal.addEventListener('abort', () => this.#endTimer(), { once: true });
  }

  stop(): void {
    this.#endTimer();
    this.#tellHead();
  }

  /**
   * On disk when it returns; within a transaction, when that ends. Several processes may write: the CLI does beside
   * the daemon.
   */
  note(note: AuditNote): AuditRow {
    const content = contentOf(note);
    return transaction(this.#database, () => {
      const { count, hash: prevHash } = this.#table.head() ?? { count: 0, hash: GENESIS };
      const unsealed = {
        ...content,
        // Not simply after the newest row: what was cut off must stay a hole, and what was put in must stop nothing.
        id: Math.max(count, this.#table.lastId()) + 1,
        time: this.#clock.now(),
        prevHash,
      };
      const row = { ...unsealed, hash: hashOf(unsealed) };
      this.#table.insert(row);
      return row;
    });
  }

  /** Does it and writes it down, both or neither. What is refused or fails is written down as that. */
  within<Result>(note: AuditNote, work: () => Result): Result {
    try {
      return transaction(this.#database, () => {
        const result = work();
        this.note(note);
        return result;
      });
    } catch (error) {
      this.#noteFailed(note, error);
      throw error;
    }
  }

  page({ limit = PAGE_ROWS, ...order }: PageOrder = {}): AuditPage {
    const wanted = Math.min(Math.max(1, limit), PAGE_ROWS_MAX);
    const found = this.#table.find({ ...order, limit: wanted + 1 });
    const rows = found.slice(0, wanted);
    return { rows, cursor: found.length > wanted ? (rows.at(-1)?.id ?? null) : null };
  }

  /** Walks all rows there are now, in slices between which others get their turn. */
  async verify({ against = null }: { against?: Head | null } = {}): Promise<AuditReport> {
    const { head, lastId } = this.#table.bounds();
    const check = new ChainCheck({ head, against, rowAt: id => this.#table.row(id) });
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = this.#slice({ after, lastId, limit: SLICE_ROWS });
      for (const row of rows) {
        const fault = check.look(row);
        if (fault !== null) return { sound: check.sound, fault };
      }
      const last = rows.at(-1);
      if (last === undefined) return { sound: check.sound, fault: check.end() };
      after = last.id;
      await nextTurn();
    }
  }

  head(): Head {
    return this.#table.head() ?? { count: 0, hash: GENESIS };
  }

  #noteFailed(note: AuditNote, error: unknown): void {
    try {
      this.note({ ...note, outcome: outcomeOf(error) });
    } catch {
      // It failed because nothing can be written, or will be told by the failure itself.
    }
  }

  #tellHead(): void {
    try {
      this.#onHead(this.head());
    } catch {
      // The next hour tells it; that the file cannot be read is told by whoever needs it.
    }
  }

  #endTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #slice(bounds: { after: number; lastId: number; limit: number }): AuditRow[] {
    try {
      return this.#table.slice(bounds);
    } catch (error) {
      throw asAppError(error, this.#database.name);
    }
  }
}
