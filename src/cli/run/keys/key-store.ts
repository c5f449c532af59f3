import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditLog } from '../../../daemon/audit/audit-log.ts';
import type { Author } from '../../../daemon/audit/entry.ts';
import { systemClock } from '../../../daemon/clock.ts';
import type { ApiKeys } from '../../../daemon/guards/api-keys.ts';
import type { ApiKey } from '../../../daemon/guards/keys/key-table.ts';
import { claimedUser } from '../../../shared/control/credentials.ts';
import { AppError } from '../../../shared/errors.ts';
import { pathsUnder } from '../../../shared/paths.ts';

/** The keys of a state file, and what is written down of each change. */
export interface OwnKeys {
  keys: ApiKeys;
  audit: AuditLog;
  by: Author;
}

interface StoreOptions {
  /** Whether a state file may be begun when there is none. */
  mayBegin: boolean;
  /**
   * Works on a copy that is thrown away, of the state file or with these keys: what would be refused is refused, and
   * nothing is changed.
   */
  copyOf?: 'file' | readonly ApiKey[];
}

type Work<Result> = (own: OwnKeys) => Promise<Result>;

/** For keys that name no rate; the daemon puts its own configuration's in. */
const UNUSED_RATE = 300;

/** Works on the keys in the state file itself: it needs no daemon, and a running one notices within a second. */
export async function withKeys<Result>(
  { mayBegin, copyOf }: StoreOptions,
  work: Work<Result>,
): Promise<Result> {
  const { stateFile } = pathsUnder(process.env['RELAY_HOME']);
  const isNew = isMissing(stateFile);
  if (!mayBegin && isNew) {
    const detail = `No daemon runs here, and there is no state file ${stateFile}, so there are no keys yet. Does RELAY_HOME name the right folder?`;
    throw new AppError('E_NOT_FOUND', { detail });
  }
  if (copyOf === undefined) return workOn(stateFile, [], work);
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-dry-run-'));
  try {
    const copy = join(folder, 'state.db');
    if (copyOf === 'file' && !isNew) await copyState(stateFile, copy);
    return await workOn(copy, copyOf === 'file' ? [] : copyOf, work);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As it is at this moment, also while a daemon writes. */
async function copyState(stateFile: string, copy: string): Promise<void> {
  const [{ default: Sqlite }, { asAppError }] = await Promise.all([
    import('better-sqlite3'),
    import('../../../daemon/store/database-fault.ts'),
  ]);
  try {
    // Not for reading only: then SQLite would leave its side files behind, with this user as their owner.
    const database = new Sqlite(stateFile, { fileMustExist: true });
    try {
      database.prepare('VACUUM INTO ?').run(copy);
    } finally {
      database.close();
    }
  } catch (error) {
    throw asAppError(error, stateFile);
  }
}

async function workOn<Result>(
  stateFile: string,
  known: readonly ApiKey[],
  work: Work<Result>,
): Promise<Result> {
  // Only now: sqlite and zod would slow down the start of every other command.
  const [{ openDatabase }, { readSchema }, { ApiKeys }, { KeyHasher }, { KeyTable }, { AuditLog }] =
    await Promise.all([
      import('../../../daemon/store/database.ts'),
      import('../../../daemon/store/schema-text.ts'),
      import('../../../daemon/guards/api-keys.ts'),
      import('../../../daemon/guards/key-hasher.ts'),
      import('../../../daemon/guards/keys/key-table.ts'),
      import('../../../daemon/audit/audit-log.ts'),
    ]);
  const database = openDatabase({ path: stateFile, part: 'state', schema: readSchema() });
  const table = new KeyTable(database);
  for (const key of known) table.insert({ ...key, hash: '' });
  const hasher = new KeyHasher();
  const onFault = (error: unknown): void => {
    throw error;
  };
  const keys = new ApiKeys({ database, hasher, clock: systemClock, ratePerMinute: UNUSED_RATE, onFault });
  const audit = new AuditLog({ database, clock: systemClock });
  const ending = new AbortController();
  try {
    keys.start(ending.signal);
    return await work({
      keys,
      audit,
      by: { actor: `cli:${claimedUser()}`, via: 'cli', source: 'state-file' },
    });
  } finally {
    ending.abort();
    keys.stop();
    await hasher.stop();
    database.close();
  }
}

function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
