import type { Database } from 'better-sqlite3';
import type { Component, ComponentHealth } from '../core/ports.ts';
import { lazyTransaction } from '../store/lazy-transaction.ts';

/** A component was in this state from then on. */
export interface StatusChange {
  id: number;
  time: number;
  component: Component;
  state: ComponentHealth['state'];
  rung: string | null;
  reason: string | null;
  latencyMs: number | null;
}

interface StatusQuery {
  component?: Component;
  since?: number;
  /** The id of the last one of the page before. */
  before?: number;
  limit?: number;
}

const PAGE_MAX = 500;

/** How components were, change by change. Owns its table. */
export class StatusHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws when the file cannot be written. */
  note(change: Omit<StatusChange, 'id'>): void {
    lazyTransaction(this.#database, () => {
      this.#database
        .prepare(
          `INSERT INTO connection_status_history (time, component, state, rung, reason, latency_ms)
           VALUES (@time, @component, @state, @rung, @reason, @latencyMs)`,
        )
        .run(change);
    });
  }

  /** Newest first. */
  page({ component, since, before, limit = 100 }: StatusQuery = {}): StatusChange[] {
    return this.#database
      .prepare(
        `SELECT id, time, component, state, rung, reason, latency_ms AS latencyMs FROM connection_status_history
         WHERE id < @before AND (@component IS NULL OR component = @component) AND time >= @since
         ORDER BY id DESC LIMIT @limit`,
      )
      .all({
        before: before ?? Number.MAX_SAFE_INTEGER,
        component: component ?? null,
        since: since ?? 0,
        limit: Math.min(limit, PAGE_MAX),
      }) as StatusChange[];
  }
}
