import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER_PREFIX, OWNER_FILE, ownerText, sweepLeftovers } from './leftovers.ts';

export interface OwnFolder {
  path: string;
  remove(): Promise<void>;
}

/** Those who write into it may still be ending. */
const REMOVE_TRIES = 10;
const REMOVE_RETRY_MS = 20;

/** The one folder for all that the simulator writes. It goes with the process, however hastily that ends. */
export async function createOwnFolder(): Promise<OwnFolder> {
  await sweepLeftovers(tmpdir());
  const path = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const removeNow = (): void => {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: REMOVE_TRIES, retryDelay: REMOVE_RETRY_MS });
    } catch {
      // The next start sweeps it up.
    }
  };
  process.on('exit', removeNow);
  await writeFile(join(path, OWNER_FILE), ownerText(), { mode: 0o600 });
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      process.off('exit', removeNow);
    },
  };
}
