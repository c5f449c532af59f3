import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from '../../../shared/control/cli-error.ts';

const FILE_MODE = 0o600;
/** More than any key is long. */
const KEY_BYTES_MAX = 256;

/** A file that was begun before the key is made: a key that nobody can write down must not come to be. */
export interface KeyFile {
  path: string;
  write(key: string): void;
}

/** Never an existing file: it may be another program's key. Without a key in the end, there is no file either. */
export async function withKeyFile<Result>(
  name: string,
  work: (file: KeyFile) => Promise<Result>,
): Promise<Result> {
  const path = resolve(name);
  const descriptor = begin(path);
  let isWritten = false;
  try {
    return await work({
      path,
      write: key => {
        const bytes = writeSync(descriptor, `${key}\n`, 0);
        ftruncateSync(descriptor, bytes);
        isWritten = true;
      },
    });
  } finally {
    closeSync(descriptor);
    if (!isWritten) rmSync(path, { force: true });
  }
}

/** For dry runs. */
export function demandNoFile(name: string): void {
  const path = resolve(name);
  if (existsSync(path)) throw refused(path, 'It is there already.');
}

function begin(path: string): number {
  try {
    const descriptor = openSync(path, 'wx', FILE_MODE);
    reserve(descriptor, path);
    return descriptor;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why = code === 'EEXIST' ? 'It is there already.' : `The system says ${code}.`;
    throw refused(path, why);
  }
}

/** On a full disk it fails here, and not when the key is there. */
function reserve(descriptor: number, path: string): void {
  try {
    writeSync(descriptor, ' '.repeat(KEY_BYTES_MAX));
    fsyncSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
}

function refused(path: string, why: string): CliError {
  return new CliError(
    'E_FILE',
    `The key file ${path} cannot be begun. ${why}`,
    'Name a new file in a folder you may write to; nothing was changed.',
  );
}
