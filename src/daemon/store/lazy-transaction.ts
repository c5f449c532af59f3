import type { Database } from 'better-sqlite3';

/**
 * For statistics and histories: a transaction that does not wait for the disk. A killed process loses nothing by it, a
 * power cut the newest. The next ordinary transaction of the same file takes it to disk along with its own.
 */
export function lazyTransaction(database: Database, work: () => void): void {
  const before = Number(database.pragma('synchronous', { simple: true }));
  database.pragma('synchronous = NORMAL');
  try {
    database.transaction(work).immediate();
  } finally {
    database.pragma(`synchronous = ${before}`);
  }
}
