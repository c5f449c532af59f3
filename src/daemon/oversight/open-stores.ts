import { existsSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../../shared/errors.ts';
import type { Paths } from '../../shared/paths.ts';
import type { Config } from '../config/config.ts';
import { bootId, Continuity } from '../core/log/continuity.ts';
import { Journal } from '../core/log/journal.ts';
import type { Clock, HealthReporter } from '../core/ports.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { stampOf } from '../store/backup/backup.ts';
import { finishRestore } from '../store/backup/restore-plan.ts';
import { openDatabase } from '../store/database.ts';
import { asAppError, isDamage } from '../store/database-fault.ts';
import { type DatabasePart, readSchema } from '../store/schema-text.ts';
import { isSuspect, type Look, lookThrough, setAside } from '../store/soundness.ts';

export interface Stores {
  state: Database;
  journalDatabase: Database;
  journal: Journal;
  /** What was found wrong with the files: told once there is somebody to be told. */
  tell(health: HealthReporter): void;
}

type LateFault = { part: DatabasePart; found: Promise<string | null> };

/** A start waits no longer for the files to be looked through; on a common disk that is enough for a gigabyte. */
const LOOK_WITHIN_MS = 5000;

/**
 * Opens both files. After an unclean stop they are looked through first. A log that is damaged is moved aside: what it
 * held is lost to clients, who are told, and the relay works. The state holds the keys, so a damaged one is refused.
 */
export async function openStores(
  { paths, journal: limits }: Pick<Config, 'paths' | 'journal'>,
  lifecycle: Lifecycle,
  clock: Clock,
): Promise<Stores> {
  // One that was interrupted: half of it would be a mixture of two relays.
  finishRestore(paths);
  const schema = readSchema();
  const { late, damage } = await looked(paths);
  const state = openDatabase({ path: paths.stateFile, part: 'state', schema });
  lifecycle.add({ name: 'state', stop: () => void state.close() });
  const open = (whyLost: string | null) => openJournal({ paths, limits, schema, whyLost });
  const { database, journal, whyLost } = openOrReplace({ paths, now: clock.now(), damage, open });
  lifecycle.add({ name: 'journal', stop: () => journal.close() });
  const tell = (health: HealthReporter): void => {
    if (whyLost !== null)
      health.incident({ code: 'E_JOURNAL_REPLACED', place: 'journal.db', detail: whyLost });
    for (const { part, found } of late)
      void found.then(fault => fault !== null && health.incident(damageOf(part, fault)));
  };
  return { state, journalDatabase: database, journal, tell };
}

/** What an operator is told when damage is found in a file that is in use. */
export function damageOf(
  part: DatabasePart,
  detail: string,
): { code: string; place: string; detail: string } {
  const code = part === 'state' ? 'E_STATE_DAMAGED' : 'E_JOURNAL_DAMAGED';
  return { code, place: `${part}.db`, detail };
}

/** Throws for a state that is damaged. */
async function looked(paths: Paths): Promise<{ late: LateFault[]; damage: string | null }> {
  const { stateFile, journalFile } = paths;
  const isUnclean = wasLeftUnclean(journalFile);
  const lookAt = (file: string): Promise<Look | null> =>
    isUnclean || isSuspect(file) ? lookThrough(file, LOOK_WITHIN_MS) : Promise.resolve(null);
  const [state, journal] = await Promise.all([lookAt(stateFile), lookAt(journalFile)]);
  if (state?.fault)
    throw asAppError(new Sqlite.SqliteError(`state.db: ${state.fault}`, 'SQLITE_CORRUPT'), stateFile);
  const late: LateFault[] = [];
  if (state?.late) late.push({ part: 'state', found: state.late });
  if (journal?.late) late.push({ part: 'journal', found: journal.late });
  return { late, damage: journal?.fault ?? null };
}

/** True as well when the log cannot tell. */
function wasLeftUnclean(journalFile: string): boolean {
  if (!existsSync(journalFile)) return false;
  let database: Database | undefined;
  try {
    database = new Sqlite(journalFile, { readonly: true });
    const mark = database.prepare("SELECT value FROM journal_meta WHERE key = 'clean'").pluck().get();
    return mark !== '1';
  } catch {
    return true;
  } finally {
    database?.close();
  }
}

interface Replacing {
  paths: Paths;
  now: number;
  /** Null: none is known of yet. */
  damage: string | null;
  open(whyLost: string | null): Opened;
}

function openOrReplace({ paths, now, damage, open }: Replacing): Opened & { whyLost: string | null } {
  let found = damage;
  try {
    if (found === null) return { ...open(null), whyLost: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    found = error instanceof AppError ? String(error.cause) : String(error);
  }
  const whyLost = `The log was damaged and could not be used. It was moved to ${setAside(paths.journalFile, stampOf(now))}, and an empty one began. SQLite said: ${found}`;
  return { ...open(whyLost), whyLost };
}

interface Opened {
  database: Database;
  journal: Journal;
}

interface JournalOrder {
  paths: Paths;
  limits: Config['journal'];
  schema: string;
  whyLost: string | null;
}

function openJournal({ paths, limits, schema, whyLost }: JournalOrder): Opened {
  const database = openDatabase({ path: paths.journalFile, part: 'journal', schema });
  try {
    const markFile = paths.journalMarkFile;
    const continuity = new Continuity({ database, markFile, bootId: bootId(), whyLost });
    return { database, journal: new Journal({ database, limits, continuity }) };
  } catch (error) {
    database.close();
    throw asAppError(error, paths.journalFile);
  }
}
