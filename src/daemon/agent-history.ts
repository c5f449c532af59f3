import type { Database } from 'better-sqlite3';
import type { AgentBody, JournalEntry } from '../shared/journal-entry.ts';
import type { AgentStretch, AgentStretchQuery, HealthReporter } from './core/ports.ts';

const STRETCHES_KEPT_MS = 90 * 86_400_000;
const PRUNE_ROWS_MAX = 1000;

/** Who was in which state from when to when, as we saw it: few phone systems keep it, so we do. Owns its table. */
export class AgentStateHistory {
  readonly #database: Database;
  readonly #health: Pick<HealthReporter, 'incident'>;

  constructor(database: Database, health: Pick<HealthReporter, 'incident'>) {
    this.#database = database;
    this.#health = health;
  }

  /** Called with the entries of each turn. A state file that cannot be written must not stop the log. */
  note(entries: readonly JournalEntry[]): void {
    const news = entries.filter(({ type }) => type === 'agent');
    if (news.length === 0) return;
    try {
      // At a start everybody's state is news: together it costs one write to the disk, not one for each.
      this.#database.transaction(() => {
        for (const entry of news) this.#noteOne(entry);
      })();
    } catch (error) {
      this.#health.incident({ code: 'E_AGENT_HISTORY', place: 'state.db', detail: String(error) });
    }
  }

  #noteOne({ source, body, time }: JournalEntry): void {
    // Our own entry, so its body is what we made it.
    const { dn, name, queueStatus, profile } = JSON.parse(body) as AgentBody;
    const open = this.#database
      .prepare(
        'SELECT id, queue_status, profile FROM agent_state_history WHERE source = ? AND dn = ? AND ended_at IS NULL',
      )
      .get(source, dn) as { id: number; queue_status: string; profile: string } | undefined;
    if (open?.queue_status === queueStatus && open.profile === profile) return;
    if (open)
      this.#database.prepare('UPDATE agent_state_history SET ended_at = ? WHERE id = ?').run(time, open.id);
    this.#database
      .prepare(
        'INSERT INTO agent_state_history (source, dn, name, queue_status, profile, started_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(source, dn, name, queueStatus, profile, time);
    this.#database
      .prepare(
        `DELETE FROM agent_state_history WHERE id IN (
           SELECT id FROM agent_state_history WHERE started_at < @before AND ended_at < @before LIMIT @rows)`,
      )
      .run({ before: time - STRETCHES_KEPT_MS, rows: PRUNE_ROWS_MAX });
  }

  stretches({ start, end, dn, limit, onlyDns }: AgentStretchQuery): AgentStretch[] {
    const rows = this.#database
      .prepare(
        `SELECT dn, name, queue_status, profile, started_at, ended_at FROM agent_state_history
         WHERE started_at < @end AND coalesce(ended_at, @end) > @start
           AND (@dn IS NULL OR dn = @dn)
           AND (@only IS NULL OR dn IN (SELECT value FROM json_each(@only)))
         ORDER BY started_at DESC, id DESC LIMIT @limit`,
      )
      .all({
        start,
        end,
        dn: dn ?? null,
        limit,
        only: onlyDns ? JSON.stringify([...onlyDns]) : null,
      }) as Row[];
    return rows.map(row => ({
      dn: row.dn,
      name: row.name,
      queueStatus: row.queue_status,
      profile: row.profile,
      startedAt: new Date(row.started_at).toISOString(),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    }));
  }
}

interface Row {
  dn: string;
  name: string;
  queue_status: string;
  profile: string;
  started_at: number;
  ended_at: number | null;
}
