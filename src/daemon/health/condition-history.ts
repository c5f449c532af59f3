import type { Database } from 'better-sqlite3';
import { type ConditionCode, conditionOf, type Severity } from '../../shared/conditions/condition-table.ts';
import { lazyTransaction } from '../store/lazy-transaction.ts';

/** A condition that was shown, from when to when. */
interface PastCondition {
  id: number;
  code: string;
  severity: Severity;
  /** As it was when it began. */
  detail: string;
  raisedAt: number;
  /** Null: still there. */
  clearedAt: number | null;
}

const PAGE_MAX = 500;

/** What was wrong and when. Owns its table. Throws when the file cannot be written: the caller must live on. */
export class ConditionHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What a killed process left open ends with the next start. */
  closeAll(now: number): void {
    lazyTransaction(this.#database, () => {
      this.#database
        .prepare('UPDATE condition_history SET cleared_at = max(raised_at, ?) WHERE cleared_at IS NULL')
        .run(now);
    });
  }

  open({ code, detail, at }: { code: ConditionCode; detail: string; at: number }): void {
    lazyTransaction(this.#database, () => {
      this.#database
        .prepare('INSERT INTO condition_history (code, severity, detail, raised_at) VALUES (?, ?, ?, ?)')
        .run(code, conditionOf(code).severity, detail, at);
    });
  }

  close(code: ConditionCode, at: number): void {
    lazyTransaction(this.#database, () => {
      this.#database
        .prepare(
          'UPDATE condition_history SET cleared_at = max(raised_at, ?) WHERE code = ? AND cleared_at IS NULL',
        )
        .run(at, code);
    });
  }

  /** Newest first. `before`: the id of the last one of the page before. */
  page({ before, limit = 100 }: { before?: number; limit?: number } = {}): PastCondition[] {
    return this.#database
      .prepare(
        `SELECT id, code, severity, detail, raised_at AS raisedAt, cleared_at AS clearedAt FROM condition_history
         WHERE id < ? ORDER BY id DESC LIMIT ?`,
      )
      .all(before ?? Number.MAX_SAFE_INTEGER, Math.min(limit, PAGE_MAX)) as PastCondition[];
  }
}
