import { randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { transaction } from '../store/database.ts';

const SECRET_BYTES = 32;

/** A secret that is made once and kept in the state file, the same for all programs that open it. */
export function keptSecret(database: Database, name: string): string {
  const read = database.prepare<[string], unknown>('SELECT value FROM meta WHERE key = ?').pluck();
  const known = read.get(name);
  if (typeof known === 'string') return known;
  return transaction(database, () => {
    const fresh = randomBytes(SECRET_BYTES).toString('hex');
    database.prepare('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)').run(name, fresh);
    return String(read.get(name));
  });
}
