import {
  chmodSync,
  chownSync,
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export interface Owner {
  uid: number;
  gid: number;
}

interface Content {
  text: string;
  mode: number;
  owner?: Owner | null;
}

const ALL_MODE_BITS = 0o7777;

/** In one move: nobody ever reads half of it. */
export function writeWhole(path: string, { text, mode, owner }: Content): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  if (owner) chownSync(fresh, owner.uid, owner.gid);
  chmodSync(fresh, mode);
  renameSync(fresh, path);
}

/** In one move, whatever stood there. */
export function linkWhole(path: string, target: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(target, fresh);
  renameSync(fresh, path);
}

export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

export function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

export function statusOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

export function modeOf({ mode }: Stats): number {
  return mode & ALL_MODE_BITS;
}

/** Gives the folders that were not there, the outermost first. */
export function makeFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) mkdirSync(folder, { mode: 0o755 });
  return missing;
}

/** Goes only when it is empty: what others put there stays. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or not there.
  }
}

/** Null when both hold the same, otherwise the first place where they do not. */
export function difference(one: string, other: string): string | null {
  if (statusOf(other) === null) return other;
  const names = namesIn(one);
  const extra = [...namesIn(other).keys()].find(name => !names.has(name));
  if (extra !== undefined) return join(other, extra);
  for (const [name, entry] of names) {
    const [left, right] = [join(one, name), join(other, name)];
    if (entry.isDirectory()) {
      const found = statusOf(right)?.isDirectory() ? difference(left, right) : right;
      if (found !== null) return found;
    } else if (!isSame(left, right, entry)) return right;
  }
  return null;
}

function namesIn(folder: string): Map<string, Dirent> {
  return new Map(readdirSync(folder, { withFileTypes: true }).map(entry => [entry.name, entry]));
}

function isSame(left: string, right: string, entry: Dirent): boolean {
  if (entry.isSymbolicLink()) return targetOf(left) === targetOf(right);
  const [a, b] = [statusOf(left), statusOf(right)];
  if (!a || !b?.isFile() || a.size !== b.size || modeOf(a) !== modeOf(b)) return false;
  return readFileSync(left).equals(readFileSync(right));
}
