import type { Database } from 'better-sqlite3';
import type { Severity } from '../../../shared/conditions/condition-table.ts';
import { AppError } from '../../../shared/errors.ts';
import { lazyTransaction } from '../../store/lazy-transaction.ts';

/** What went wrong, with how often. */
export interface TrackedError {
  id: number;
  code: string;
  place: string;
  component: string;
  severity: Severity;
  detail: string;
  count: number;
  firstSeen: number;
  lastSeen: number;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
}

export interface ErrorFilter {
  component?: string | undefined;
  severity?: Severity | undefined;
  acknowledged?: boolean | undefined;
  /** Seen at or after, ms since 1970. */
  since?: number | undefined;
}

export interface ErrorQuery extends ErrorFilter {
  limit: number;
  cursor?: string | undefined;
}

const COLUMNS = `id, code, place, component, severity, detail, count, first_seen AS firstSeen, last_seen AS lastSeen,
  acknowledged_at AS acknowledgedAt, acknowledged_by AS acknowledgedBy`;
const MATCHES = `(@component IS NULL OR component = @component) AND (@severity IS NULL OR severity = @severity)
  AND (@acknowledged IS NULL OR (acknowledged_at IS NOT NULL) = @acknowledged) AND (@since IS NULL OR last_seen >= @since)`;
const PAGE_MAX = 500;
/** Acknowledged at one time at most, so that the loop never waits for a large write. */
const ACKNOWLEDGED_MAX = 1000;

/** The table `error_log`. */
export class ErrorTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  nextId(): number {
    const row = this.#database.prepare('SELECT max(id) AS id FROM error_log').get() as { id: number | null };
    return (row.id ?? 0) + 1;
  }

  /** The one that nobody has acknowledged yet. */
  open(code: string, place: string): TrackedError | undefined {
    return this.#database
      .prepare(`SELECT ${COLUMNS} FROM error_log WHERE code = ? AND place = ? AND acknowledged_at IS NULL`)
      .get(code, place) as TrackedError | undefined;
  }

  save(errors: Iterable<TrackedError>): void {
    const put = this.#database.prepare(
      `INSERT INTO error_log (id, code, place, component, severity, detail, count, first_seen, last_seen, acknowledged_at, acknowledged_by)
       VALUES (@id, @code, @place, @component, @severity, @detail, @count, @firstSeen, @lastSeen, NULL, NULL)
       ON CONFLICT (id) DO UPDATE SET detail = excluded.detail, severity = excluded.severity, count = excluded.count, last_seen = excluded.last_seen`,
    );
    lazyTransaction(this.#database, () => {
      for (const error of errors) put.run(error);
    });
  }

  page({ limit, cursor, ...filter }: ErrorQuery): { errors: TrackedError[]; nextCursor: string | null } {
    const rows = Math.min(Math.max(1, limit), PAGE_MAX);
    const errors = this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM error_log WHERE ${MATCHES}
         AND (@lastSeen IS NULL OR (last_seen, id) < (@lastSeen, @lastId))
         ORDER BY last_seen DESC, id DESC LIMIT @rows`,
      )
      .all({ ...bound(filter), ...placeOf(cursor), rows: rows + 1 }) as TrackedError[];
    const page = errors.slice(0, rows);
    const last = page.at(-1);
    return { errors: page, nextCursor: errors.length > rows && last ? `${last.lastSeen}.${last.id}` : null };
  }

  /** Durable: somebody has said so. Returns those that were not acknowledged before. */
  acknowledge(what: number | ErrorFilter, { at, by }: { at: number; by: string }): TrackedError[] {
    const { where, values } =
      typeof what === 'number'
        ? { where: 'id = @id', values: { id: what } }
        : { where: MATCHES, values: bound(what) };
    return this.#database
      .prepare(
        `UPDATE error_log SET acknowledged_at = @at, acknowledged_by = @by WHERE id IN (
           SELECT id FROM error_log WHERE ${where} AND acknowledged_at IS NULL LIMIT @max) RETURNING ${COLUMNS}`,
      )
      .all({ ...values, at, by, max: ACKNOWLEDGED_MAX }) as TrackedError[];
  }

  has(id: number): boolean {
    return this.#database.prepare('SELECT 1 FROM error_log WHERE id = ?').get(id) !== undefined;
  }
}

function bound({ component, severity, acknowledged, since }: ErrorFilter) {
  return {
    component: component ?? null,
    severity: severity ?? null,
    acknowledged: acknowledged === undefined ? null : Number(acknowledged),
    since: since ?? null,
  };
}

function placeOf(cursor: string | undefined): { lastSeen: number | null; lastId: number | null } {
  if (cursor === undefined) return { lastSeen: null, lastId: null };
  const [, lastSeen, lastId] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor) ?? [];
  if (lastSeen === undefined || lastId === undefined) {
    throw new AppError('E_BAD_REQUEST', { detail: 'The cursor is not one that a page of errors gave.' });
  }
  return { lastSeen: Number(lastSeen), lastId: Number(lastId) };
}
