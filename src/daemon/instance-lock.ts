import { existsSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../shared/errors.ts';
import { asAppError } from './store/database-fault.ts';

/**
 * One daemon per state folder: a lock on a small file that the kernel frees when the process dies, however it dies.
 * Throws E_CONFLICT when another daemon holds it. Returns how to let go.
 */
export function lockInstance(file: string): () => void {
  let database: Database | undefined;
  try {
    database = new Sqlite(file, { timeout: 0 });
    database.pragma('journal_mode = DELETE');
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec(
      'BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL); DELETE FROM holder;',
    );
    database.prepare('INSERT INTO holder (pid) VALUES (?)').run(process.pid);
    database.exec('COMMIT');
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    const isHeld = error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
    if (!isHeld) throw asAppError(error, file);
    const detail = `Another 3cx-relay daemon uses ${file}. Stop it first, or give this one a RELAY_HOME of its own.`;
    throw new AppError('E_CONFLICT', { detail });
  }
}

/** Whether a daemon holds the lock, for who only wants to know: nothing is written. */
export function lockState(file: string): 'held' | 'free' | 'unknown' {
  if (!existsSync(file)) return 'free';
  let database: Database | undefined;
  try {
    database = new Sqlite(file, { readonly: true, timeout: 0 });
    database.prepare('SELECT 1 FROM sqlite_schema').all();
    return 'free';
  } catch (error) {
    const isHeld = error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
    return isHeld ? 'held' : 'unknown';
  } finally {
    database?.close();
  }
}
