import type { Database } from 'better-sqlite3';

interface RetentionOptions {
  database: Database;
  clock: { now(): number };
  onFault: (error: unknown) => void;
}

interface TableRule {
  table: string;
  /** What the rows are told apart by. */
  key: string;
  /** The age of a row, in ms since 1970. */
  time: string;
  /** Only rows of which this is true may go. */
  only?: string;
  keepMs: number;
  keepRows: number;
}

const DAY_MS = 86_400_000;

/**
 * How long state.db keeps what. agent_state_history is kept by its owner, the journal by its own limits; keys, users and
 * the audit log stay.
 */
export const RETENTION: readonly TableRule[] = [
  {
    table: 'api_requests',
    key: 'minute, key_id, route, status',
    time: 'minute',
    ...{ keepMs: 30 * DAY_MS, keepRows: 500_000 },
  },
  {
    table: 'connection_status_history',
    ...{ key: 'id', time: 'time', keepMs: 90 * DAY_MS, keepRows: 50_000 },
  },
  {
    table: 'condition_history',
    ...{ key: 'id', time: 'raised_at', only: 'cleared_at IS NOT NULL' },
    ...{ keepMs: 90 * DAY_MS, keepRows: 50_000 },
  },
  { table: 'error_log', key: 'id', time: 'last_seen', keepMs: 90 * DAY_MS, keepRows: 50_000 },
];

/** Removed in one turn of the loop: about a millisecond. */
export const ROWS_PER_TURN = 1000;
const EVERY_MS = 3_600_000;
const FIRST_AFTER_MS = 60_000;

/** Removes at most one turn's worth of rows of a table that are too old or too many; tells how many. */
export function removeOld(database: Database, rule: TableRule, now: number): number {
  const { table, key, time, only = 'true', keepMs, keepRows } = rule;
  const { rows } = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number };
  const tooMany = Math.min(ROWS_PER_TURN, Math.max(0, rows - keepRows));
  const remove = database.prepare(
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${only} AND ${time} < ? ORDER BY ${time} LIMIT ?)`,
  );
  const tooOld = remove.run(now - keepMs, ROWS_PER_TURN).changes;
  if (tooOld >= tooMany) return tooOld;
  return tooOld + remove.run(Number.MAX_SAFE_INTEGER, tooMany - tooOld).changes;
}

/** How many rows of a table would go. */
export function countOld(database: Database, rule: TableRule, now: number): number {
  const { table, time, only = 'true', keepMs, keepRows } = rule;
  const { rows, mayGo, tooOld } = database
    .prepare(
      `SELECT count(*) AS rows, count(*) FILTER (WHERE ${only}) AS mayGo,
       count(*) FILTER (WHERE ${only} AND ${time} < ?) AS tooOld FROM ${table}`,
    )
    .get(now - keepMs) as { rows: number; mayGo: number; tooOld: number };
  return Math.max(tooOld, Math.min(mayGo, rows - keepRows));
}

/** Keeps the tables of state.db from growing for ever, a few rows at a time. */
export class Retention {
  readonly #options: RetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#sweep(0), FIRST_AFTER_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #sweep(index: number): void {
    const { database, clock, onFault } = this.#options;
    const rule = RETENTION[index];
    if (!rule) {
      this.#timer = setTimeout(() => this.#sweep(0), EVERY_MS).unref();
      return;
    }
    let hasMore = false;
    try {
      hasMore = removeOld(database, rule, clock.now()) >= ROWS_PER_TURN;
      if (!hasMore) database.pragma('incremental_vacuum(256)');
    } catch (error) {
      onFault(error);
    }
    this.#turn = setImmediate(() => this.#sweep(hasMore ? index : index + 1));
  }
}
