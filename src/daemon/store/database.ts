import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../../shared/errors.ts';
import { asAppError } from './database-fault.ts';
import { type DatabasePart, schemaOf } from './schema-text.ts';

/** Brings a file from the version before to this one. Forward only; schema.sql shows the result. */
interface DatabaseStep {
  version: number;
  sql: string;
}

interface OpenOptions {
  path: string;
  part: DatabasePart;
  /** The text of schema.sql. */
  schema: string;
  /** For tests; the program has its own. */
  steps?: readonly DatabaseStep[];
  /** Looks through the whole file first: 100 ms for 85 MiB. For a start after an unclean stop. */
  isToBeChecked?: boolean;
}

const FIRST_VERSION = 1;
const STEPS: Record<DatabasePart, readonly DatabaseStep[]> = { state: [], journal: [] };

/** Keys must survive a power cut; the journal tells by a new epoch that it did not. */
const SYNCHRONOUS: Record<DatabasePart, 'FULL' | 'NORMAL'> = { state: 'FULL', journal: 'NORMAL' };
/** Waiting blocks the event loop. When it is over, the statement fails with SQLITE_BUSY. */
const BUSY_TIMEOUT_MS = 250;
const WAL_CHECKPOINT_PAGES = 1000;
/** A larger write-ahead log is cut back to this after a checkpoint. */
const WAL_BYTES_MAX = 64 * 1024 * 1024;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const ROOT_USER = 0;

/** Opens one of our files in its newest version, creating it when it is not there. */
export function openDatabase(options: OpenOptions): Database {
  const { path, part, schema, steps = STEPS[part], isToBeChecked = false } = options;
  makeFile(path);
  const database = connect(path);
  try {
    // In this order: another program may just be creating it.
    const isNew = isEmpty(database);
    if (!isNew && versionOf(database) === 0) refuseForeign(path);
    // Works only before the first table.
    if (isNew) database.pragma('auto_vacuum = INCREMENTAL');
    setPragmas(database, part);
    refuseNewer({ path, found: versionOf(database), part, steps });
    if (isToBeChecked) checkDatabase(database);
    if (isNew) applySchema({ database, sql: schemaOf(schema, part), version: newestVersion(steps) });
    applySteps(database, steps);
    return database;
  } catch (error) {
    database.close();
    throw asAppError(error, path);
  }
}

/** All or nothing. Takes the write lock at once, so that what is read inside cannot be outdated when it is written. */
export function transaction<Result>(database: Database, work: () => Result): Result {
  try {
    return database.transaction(work).immediate();
  } catch (error) {
    throw asAppError(error, database.name);
  }
}

/** Throws when the file is damaged. `integrity_check` compares indexes with their tables too, and takes longer. */
export function checkDatabase(
  database: Database,
  check: 'quick_check' | 'integrity_check' = 'quick_check',
): void {
  const found = String(database.pragma(`${check}(1)`, { simple: true }));
  if (found !== 'ok') {
    throw new Sqlite.SqliteError(`${check} of ${basename(database.name)}: ${found}`, 'SQLITE_CORRUPT');
  }
}

function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const isNew = !existsSync(path);
    // SQLite gives its side files the mode and owner of this one.
    closeSync(openSync(path, 'a', FILE_MODE));
    const folder = statSync(dirname(path));
    const file = statSync(path);
    // A file that root's CLI creates must not lock the service's user out.
    if (isNew && process.geteuid?.() === ROOT_USER) chownSync(path, folder.uid, folder.gid);
    if ((file.mode & 0o777) !== FILE_MODE) chmodSync(path, FILE_MODE);
  } catch (error) {
    throw asAppError(error, path);
  }
}

function connect(path: string): Database {
  try {
    return new Sqlite(path, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  } catch (error) {
    throw asAppError(error, path);
  }
}

function setPragmas(database: Database, part: DatabasePart): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    const detail = `${database.name} lies on a file system that cannot share memory between programs (SQLite says "${mode}"). Put it on a local disk.`;
    throw new AppError('E_CONFIG', { detail });
  }
  database.pragma(`synchronous = ${SYNCHRONOUS[part]}`);
  database.pragma('foreign_keys = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma(`wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${WAL_BYTES_MAX}`);
}

function applySchema({ database, sql, version }: { database: Database; sql: string; version: number }): void {
  transaction(database, () => {
    // Another program may have been quicker.
    if (versionOf(database) !== 0) return;
    database.exec(sql);
    database.pragma(`user_version = ${version}`);
  });
}

function applySteps(database: Database, steps: readonly DatabaseStep[]): void {
  const pending = steps.filter(({ version }) => version > versionOf(database));
  if (pending.length === 0) return;
  checkDatabase(database, 'integrity_check');
  const copy = copyFile(database);
  try {
    // A step and its number are one transaction: after a crash the next start goes on with the step that is missing.
    for (const step of pending) applyStep(database, step);
    checkDatabase(database, 'integrity_check');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `${database.name} could not be brought to the new version: ${why}. The file as it was is kept as ${copy}.`;
    throw new AppError('E_INTERNAL', { detail, cause: error });
  }
}

function applyStep(database: Database, { version, sql }: DatabaseStep): void {
  transaction(database, () => {
    if (versionOf(database) >= version) return;
    database.exec(sql);
    const broken = database.pragma('foreign_key_check');
    if (Array.isArray(broken) && broken.length > 0) {
      throw new Error(`step ${version} left ${broken.length} rows that refer to nothing`);
    }
    database.pragma(`user_version = ${version}`);
  });
}

/** A consistent copy beside the file; written under another name first, so that a half one is never taken for it. */
function copyFile(database: Database): string {
  const copy = `${database.name}.version-${versionOf(database)}`;
  const unfinished = `${copy}.${process.pid}`;
  removeUnfinished(copy);
  closeSync(openSync(unfinished, 'wx', FILE_MODE));
  database.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, copy);
  return copy;
}

interface FileVersion {
  path: string;
  found: number;
  part: DatabasePart;
  steps?: readonly DatabaseStep[];
}

/** Throws E_CONFIG, with which the daemon ends as 78, for a file that a newer program wrote. */
export function refuseNewer({ path, found, part, steps = STEPS[part] }: FileVersion): void {
  const known = newestVersion(steps);
  if (found <= known) return;
  const detail = `${path} was written by a newer 3cx-relay (version ${found} of the file, this program knows ${known}). Install that version again, or restore a backup made before it.`;
  throw new AppError('E_CONFIG', { detail });
}

/** Of processes that were killed while they copied. */
function removeUnfinished(copy: string): void {
  const start = `${basename(copy)}.`;
  for (const name of readdirSync(dirname(copy))) {
    const pid = name.startsWith(start) ? name.slice(start.length) : '';
    if (/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`)) rmSync(join(dirname(copy), name), { force: true });
  }
  rmSync(`${copy}.${process.pid}`, { force: true });
}

function refuseForeign(path: string): void {
  const detail = `${path} is a database of some other program. Move it aside, or set RELAY_HOME to another folder.`;
  throw new AppError('E_CONFIG', { detail });
}

function newestVersion(steps: readonly DatabaseStep[]): number {
  return steps.at(-1)?.version ?? FIRST_VERSION;
}

function versionOf(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

function isEmpty(database: Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
