import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ApiKeys } from '../../../daemon/guards/api-keys.ts';
import { AppError } from '../../../shared/errors.ts';
import { pathsUnder } from '../../../shared/paths.ts';

interface StoreOptions {
  /** Whether a state file may be begun when there is none. */
  mayBegin: boolean;
  /** Works on a copy that is thrown away: what would be refused is refused, and nothing is changed. */
  isDryRun?: boolean;
}

/** For keys that name no rate; the daemon puts its own configuration's in. */
const UNUSED_RATE = 300;

/** Works on the keys in the state file itself: it needs no daemon, and a running one notices within a second. */
export async function withKeys<T>(
  { mayBegin, isDryRun = false }: StoreOptions,
  work: (keys: ApiKeys) => T | Promise<T>,
): Promise<T> {
  const { stateFile } = pathsUnder(process.env['RELAY_HOME']);
  const isNew = isMissing(stateFile);
  if (!mayBegin && isNew) {
    const detail = `There is no state file ${stateFile}, so there are no keys yet. Does RELAY_HOME name the right folder?`;
    throw new AppError('E_NOT_FOUND', { detail });
  }
  if (!isDryRun) return workOn(stateFile, work);
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-dry-run-'));
  try {
    const copy = join(folder, 'state.db');
    if (!isNew) await copyState(stateFile, copy);
    return await workOn(copy, work);
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

async function workOn<T>(stateFile: string, work: (keys: ApiKeys) => T | Promise<T>): Promise<T> {
  // Only now: sqlite and zod would slow down the start of every other command.
  const [{ openDatabase }, { readSchema }, { ApiKeys }, { KeyHasher }] = await Promise.all([
    import('../../../daemon/store/database.ts'),
    import('../../../daemon/store/schema-text.ts'),
    import('../../../daemon/guards/api-keys.ts'),
    import('../../../daemon/guards/key-hasher.ts'),
  ]);
  const database = openDatabase({ path: stateFile, part: 'state', schema: readSchema() });
  const hasher = new KeyHasher();
  const clock = { now: () => Date.now(), elapsed: () => performance.now() };
  const onFault = (error: unknown): void => {
    throw error;
  };
  const keys = new ApiKeys({ database, hasher, clock, ratePerMinute: UNUSED_RATE, onFault });
  const ending = new AbortController();
  try {
    keys.start(ending.signal);
    return await work(keys);
  } finally {
    ending.abort();
    keys.stop();
    await hasher.stop();
    database.close();
  }
}

/** Who made a key, as far as the system tells; under sudo, who typed it. */
export function whoAmI(): string {
  const sudoUser = process.env['SUDO_USER'];
  if (sudoUser) return `cli:${sudoUser}`;
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A user without a name, as in containers.
    return `cli:${process.getuid?.() ?? 'unknown'}`;
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
