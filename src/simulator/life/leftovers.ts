import { readlinkSync } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

export const FOLDER_PREFIX = '3cx-simulator-';
/** Says in a simulator's folder whose it is. */
export const OWNER_FILE = 'pid';

const OWNER = /^([1-9]\d{0,9})\n([^\n]+)\n$/;

/** Process number, and where it means this process: containers may share a folder but count their processes apart. */
export function ownerText(pid = process.pid): string {
  return `${pid}\n${processSpace()}\n`;
}

/** Removes the folders of simulators that were killed; whatever is not surely such a one stays. */
export async function sweepLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter(entry => entry.startsWith(FOLDER_PREFIX))) {
    const path = join(parent, name);
    // Another simulator may be sweeping, or its server may still be ending: then the next start does it.
    if (await isOrphaned(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isOrphaned(path: string): Promise<boolean> {
  try {
    const facts = await lstat(path);
    if (!facts.isDirectory() || facts.uid !== process.getuid?.()) return false;
    const owner = join(path, OWNER_FILE);
    if (!(await lstat(owner)).isFile()) return false;
    const [, pid, space] = OWNER.exec(await readFile(owner, 'utf8')) ?? [];
    return space === processSpace() && isGone(Number(pid));
  } catch {
    return false;
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it lives and is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
