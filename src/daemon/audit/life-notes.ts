import type { Database } from 'better-sqlite3';
import type { Clock } from '../core/ports.ts';
import { transaction } from '../store/database.ts';
import type { AuditLog } from './audit-log.ts';
import type { Author } from './entry.ts';

interface LifeNotesOptions {
  database: Database;
  audit: AuditLog;
  clock: Clock;
}

const SYSTEM: Author = { actor: 'system', via: 'system', source: 'process' };
/** Rows stay for ever, and a service manager starts what crashes again and again: every five seconds, for months. */
const STARTS_A_DAY = 20;
const DAY_MS = 86_400_000;
const UNWRITTEN = 'audit_unwritten_starts';

/** Starts and stops of the daemon in the audit log: many a day are counted, and told by the next that is written. */
export class LifeNotes {
  readonly #options: LifeNotesOptions;
  #isWritten = false;

  constructor(options: LifeNotesOptions) {
    this.#options = options;
  }

  started(detail: { version: string; pid: number }): void {
    const { database, audit, clock } = this.#options;
    const since = clock.now() - DAY_MS;
    const { rows } = audit.page({ action: 'daemon.start', since, limit: STARTS_A_DAY });
    transaction(database, () => {
      const startsNotWritten = this.#unwritten();
      if (rows.length >= STARTS_A_DAY) return this.#count(startsNotWritten + 1);
      const told = startsNotWritten > 0 ? { ...detail, startsNotWritten } : detail;
      audit.note({ by: SYSTEM, action: 'daemon.start', detail: told });
      this.#count(0);
      this.#isWritten = true;
    });
  }

  stopped(): void {
    if (this.#isWritten) this.#options.audit.note({ by: SYSTEM, action: 'daemon.stop' });
  }

  #unwritten(): number {
    const { database } = this.#options;
    return Number(database.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(UNWRITTEN) ?? 0);
  }

  #count(starts: number): void {
    this.#options.database
      .prepare(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(UNWRITTEN, String(starts));
  }
}
