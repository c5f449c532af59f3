import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { ROLES, type Role } from '../../../shared/control-api/rights.ts';

/** A user as people may see it: all but the password's hash. */
export interface OperatorUser {
  id: string;
  name: string;
  role: Role;
  disabledAt: number | null;
  createdAt: number;
  createdBy: string;
  changedAt: number;
  lastLoginAt: number | null;
}

export interface StoredUser extends OperatorUser {
  hash: string;
  /** Rises with each change that ends logins. */
  generation: number;
}

/** A jti is kept longer than its token can live, in case the clock is set back. */
const ENDED_KEPT_MS = 86_400_000;

const rowSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    hash: z.string(),
    generation: z.number(),
    disabled_at: z.number().nullable(),
    created_at: z.number(),
    created_by: z.string(),
    changed_at: z.number(),
    last_login_at: z.number().nullable(),
  })
  .transform(
    (row): StoredUser => ({
      id: row.id,
      name: row.name,
      role: row.role,
      hash: row.hash,
      generation: row.generation,
      disabledAt: row.disabled_at,
      createdAt: row.created_at,
      createdBy: row.created_by,
      changedAt: row.changed_at,
      lastLoginAt: row.last_login_at,
    }),
  );

/**
 * The rows of `admin_users` and `ended_logins`; nothing else reads or writes them. Nothing is remembered here: the CLI
 * may change the file at any time, and reading a row takes microseconds.
 */
export class OperatorTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): StoredUser[] {
    return this.#database
      .prepare('SELECT * FROM admin_users ORDER BY name')
      .all()
      .map(row => rowSchema.parse(row));
  }

  byId(id: string): StoredUser | null {
    return parsed(this.#database.prepare('SELECT * FROM admin_users WHERE id = ?').get(id));
  }

  byName(name: string): StoredUser | null {
    return parsed(this.#database.prepare('SELECT * FROM admin_users WHERE name = ?').get(name));
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) FROM admin_users').pluck().get());
  }

  enabledAdmins(): number {
    const counting = `SELECT count(*) FROM admin_users WHERE role = 'admin' AND disabled_at IS NULL`;
    return Number(this.#database.prepare(counting).pluck().get());
  }

  insert(user: StoredUser): void {
    this.#database
      .prepare(
        `INSERT INTO admin_users (id, name, role, hash, generation, disabled_at, created_at, created_by, changed_at,
           last_login_at)
         VALUES (:id, :name, :role, :hash, :generation, :disabledAt, :createdAt, :createdBy, :changedAt, :lastLoginAt)`,
      )
      .run(user);
  }

  update({ id, role, hash, generation, disabledAt, changedAt }: StoredUser): void {
    this.#database
      .prepare(
        `UPDATE admin_users SET role = :role, hash = :hash, generation = :generation, disabled_at = :disabledAt,
           changed_at = :changedAt
         WHERE id = :id`,
      )
      .run({ id, role, hash, generation, disabledAt, changedAt });
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM admin_users WHERE id = ?').run(id);
  }

  noteLogin(id: string, at: number): void {
    this.#database.prepare('UPDATE admin_users SET last_login_at = ? WHERE id = ?').run(at, id);
  }

  endLogin({ jti, expiresAt, now }: { jti: string; expiresAt: number; now: number }): void {
    this.#database.prepare('DELETE FROM ended_logins WHERE expires_at < ?').run(now - ENDED_KEPT_MS);
    this.#database
      .prepare('INSERT OR IGNORE INTO ended_logins (jti, expires_at) VALUES (?, ?)')
      .run(jti, expiresAt);
  }

  isEnded(jti: string): boolean {
    return this.#database.prepare('SELECT 1 FROM ended_logins WHERE jti = ?').get(jti) !== undefined;
  }
}

function parsed(row: unknown): StoredUser | null {
  return row === undefined ? null : rowSchema.parse(row);
}
