import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER_PREFIX, OWNER_FILE, ownerText, sweepLeftovers } from './leftovers.ts';

export interface OwnFolder {
  path: string;
  remove(): Promise<void>;
}

/** Those who write into it may still be ending; what is left after so long is swept up by the next start. */
const REMOVE_WITHIN_MS = 5000;
const REMOVE_RETRY_MS = 50;

/** The one folder for all that the simulator writes. It goes with the process, however hastily that ends. */
export async function createOwnFolder(): Promise<OwnFolder> {
  await sweepLeftovers(tmpdir());
  const path = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const removeNow = (): void => {
    const deadline = performance.now() + REMOVE_WITHIN_MS;
    while (existsSync(path) && performance.now() < deadline) {
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // The process is ending: there is no loop any more to wait in.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVE_RETRY_MS);
      }
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
