import type { Database } from 'better-sqlite3';
import type { Head } from './chain.ts';
import type { AuditRow } from './entry.ts';

export interface PageOrder {
  /** Rows before this one; null: from the newest. */
  cursor?: number | null;
  limit?: number;
  actor?: string;
  /** `login.fail`, or `login` for all that begin so. */
  action?: string;
  /** ms since 1970. */
  since?: number;
}

const HEAD = 'audit_head';
const COLUMNS = 'id, time, actor, via, source, action, subject, outcome, detail, prev_hash AS prevHash, hash';

/** The rows of `audit_log` and the head kept beside them; nothing else reads or writes them. */
export class AuditTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Beside the rows, so that rows cut off at the end are missed. Null when there is none that makes sense. */
  head(): Head | null {
    const text = this.#database.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(HEAD);
    const [, count, hash] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(String(text)) ?? [];
    return count === undefined || hash === undefined ? null : { count: Number(count), hash };
  }

  lastId(): number {
    return Number(this.#database.prepare('SELECT max(id) FROM audit_log').pluck().get() ?? 0);
  }

  /** Both as of the same moment. */
  bounds(): { head: Head | null; lastId: number } {
    return this.#database.transaction(() => ({ head: this.head(), lastId: this.lastId() }))();
  }

  insert(row: AuditRow): void {
    this.#database
      .prepare(
        `INSERT INTO audit_log (id, time, actor, via, source, action, subject, outcome, detail, prev_hash, hash)
         VALUES (:id, :time, :actor, :via, :source, :action, :subject, :outcome, :detail, :prevHash, :hash)`,
      )
      .run(row);
    this.#database
      .prepare(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(HEAD, `${row.id} ${row.hash}`);
  }

  row(id: number): AuditRow | null {
    const one = this.#database.prepare<[number], AuditRow>(`SELECT ${COLUMNS} FROM audit_log WHERE id = ?`);
    return one.get(id) ?? null;
  }

  /** The next rows after a place, oldest first. */
  slice({ after, lastId, limit }: { after: number; lastId: number; limit: number }): AuditRow[] {
    return this.#database
      .prepare<[number, number, number], AuditRow>(
        `SELECT ${COLUMNS} FROM audit_log WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`,
      )
      .all(after, lastId, limit);
  }

  /** Newest first. */
  find({ cursor = null, limit = 1, actor, action, since }: PageOrder): AuditRow[] {
    const conditions = [
      cursor !== null && 'id < :cursor',
      actor !== undefined && 'actor = :actor',
      // In order of bytes, `/` comes right after `.`.
      action !== undefined && `(action = :action OR (action >= :action || '.' AND action < :action || '/'))`,
      since !== undefined && 'time >= :since',
    ].filter(condition => condition !== false);
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    return this.#database
      .prepare<object, AuditRow>(`SELECT ${COLUMNS} FROM audit_log ${where} ORDER BY id DESC LIMIT :limit`)
      .all({ cursor, actor, action, since, limit });
  }
}
