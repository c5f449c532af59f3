import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../../../shared/errors.ts';
import { checkDatabase, openDatabase } from '../../store/database.ts';
import { readSchema } from '../../store/schema-text.ts';

interface Store {
  path: string;
  part: 'state' | 'journal';
  /** While one writes, the file is read in place; otherwise a copy is, since SQLite leaves traces beside what it opens. */
  isInUse: boolean;
}

const COPY_MAX_BYTES = 1024 * 1_048_576;
/** SQLite keeps what is not yet in the file itself beside it. */
const SUFFIXES = ['', '-wal'];

export class TooLarge extends Error {}

/** Lets the work read one of our files and changes nothing of it. Throws what opening it for real would throw. */
export async function reading<Result>(store: Store, work: (database: Database) => Result): Promise<Result> {
  if (store.isInUse) {
    const database = new Sqlite(store.path, { readonly: true, fileMustExist: true });
    return used(database, () => {
      checkDatabase(database);
      return work(database);
    });
  }
  const { size } = await stat(store.path);
  if (size > COPY_MAX_BYTES) throw new TooLarge(`${store.path} has ${size} bytes`);
  const folder = await mkdtemp(join(tmpdir(), '3cx-relay-doctor-'));
  try {
    const copy = join(folder, basename(store.path));
    for (const suffix of SUFFIXES) await copyIfThere(store.path + suffix, copy + suffix);
    const schema = readSchema();
    const database = openDatabase({ path: copy, part: store.part, schema, isToBeChecked: true });
    return used(database, () => work(database));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Of the file itself, not of a copy that is gone when it is read.
    const detail = error.detail.replaceAll(folder, dirname(store.path));
    throw new AppError(error.code, { detail, cause: error.cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function used<Result>(database: Database, work: () => Result): Result {
  try {
    return work();
  } finally {
    database.close();
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing || !from.endsWith('-wal')) throw error;
  }
}
