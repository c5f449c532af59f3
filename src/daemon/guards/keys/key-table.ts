import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { PERMISSIONS, type Permission } from '../../../shared/control-api/rights.ts';
import { transaction } from '../../store/database.ts';
import { keptSecret } from '../kept-secret.ts';

/** A key as people may see it: all but the key. */
export interface ApiKey {
  id: string;
  name: string;
  permissions: Permission[];
  extensions: string[] | null;
  queues: string[] | null;
  networks: string[] | null;
  /** Null: what the configuration says. */
  ratePerMinute: number | null;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  rotatedFrom: string | null;
}

export interface StoredKey extends ApiKey {
  hash: string;
}

interface Replacement {
  id: string;
  next: StoredKey;
  endsAt: number;
  /** Null while it lives on until `endsAt`. */
  revokedAt: number | null;
}

const CHECK_SECRET = 'api_key_check_secret';

const list = z
  .string()
  .transform(text => JSON.parse(text))
  .pipe(z.array(z.string()));
const rowSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hash: z.string(),
    permissions: list.pipe(z.array(z.enum(PERMISSIONS))),
    extensions: list.nullable(),
    queues: list.nullable(),
    networks: list.nullable(),
    rate_per_minute: z.number().nullable(),
    created_at: z.number(),
    created_by: z.string(),
    expires_at: z.number().nullable(),
    revoked_at: z.number().nullable(),
    last_used_at: z.number().nullable(),
    rotated_from: z.string().nullable(),
  })
  .transform(
    (row): StoredKey => ({
      id: row.id,
      name: row.name,
      hash: row.hash,
      permissions: row.permissions,
      extensions: row.extensions,
      queues: row.queues,
      networks: row.networks,
      ratePerMinute: row.rate_per_minute,
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      lastUsedAt: row.last_used_at,
      rotatedFrom: row.rotated_from,
    }),
  );

/** The rows of `api_keys`; nothing else reads or writes them. */
export class KeyTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A number that changes when another connection has written to the file; microseconds. */
  version(): number {
    return Number(this.#database.pragma('data_version', { simple: true }));
  }

  all(): StoredKey[] {
    return this.#database
      .prepare('SELECT * FROM api_keys ORDER BY created_at, id')
      .all()
      .map(row => rowSchema.parse(row));
  }

  /** All that `work` does with the database, or nothing. */
  together<Result>(work: () => Result): Result {
    return transaction(this.#database, work);
  }

  insert(key: StoredKey): void {
    transaction(this.#database, () => this.#insert(key));
  }

  /** Both at once, so that there is never one key too few. False when the old one has ended in the meantime. */
  replace({ id, next, endsAt, revokedAt }: Replacement): boolean {
    return transaction(this.#database, () => {
      const ending = this.#database.prepare(
        `UPDATE api_keys SET expires_at = min(coalesce(expires_at, :endsAt), :endsAt), revoked_at = :revokedAt
         WHERE id = :id AND revoked_at IS NULL`,
      );
      if (ending.run({ id, endsAt, revokedAt }).changes === 0) return false;
      this.#insert(next);
      return true;
    });
  }

  revoke(id: string, at: number): void {
    const ending = this.#database.prepare(
      'UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
    );
    transaction(this.#database, () => ending.run(at, id));
  }

  saveUses(usedAtById: ReadonlyMap<string, number>): void {
    const update = this.#database.prepare(
      'UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?',
    );
    transaction(this.#database, () => {
      for (const [id, usedAt] of usedAtById) update.run(usedAt, id);
    });
  }

  /**
   * What the checks in keys are made with. It lives beside the keys and not in the configuration, so that the CLI and
   * the daemon agree whatever their environments are, a backup is whole, and a new ADMIN_SECRET makes no key invalid.
   */
  checkSecret(): string {
    return keptSecret(this.#database, CHECK_SECRET);
  }

  #insert(key: StoredKey): void {
    this.#database
      .prepare(
        `INSERT INTO api_keys (id, name, hash, permissions, extensions, queues, networks, rate_per_minute, created_at,
           created_by, expires_at, revoked_at, last_used_at, rotated_from)
         VALUES (:id, :name, :hash, :permissions, :extensions, :queues, :networks, :ratePerMinute, :createdAt,
           :createdBy, :expiresAt, :revokedAt, :lastUsedAt, :rotatedFrom)`,
      )
      .run({
        ...key,
        permissions: JSON.stringify(key.permissions),
        extensions: key.extensions && JSON.stringify(key.extensions),
        queues: key.queues && JSON.stringify(key.queues),
        networks: key.networks && JSON.stringify(key.networks),
      });
  }
}
