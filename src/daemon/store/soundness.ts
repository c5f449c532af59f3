import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDamageCode } from './database-fault.ts';
import { inspect } from './inspection.ts';

export interface Look {
  /** What SQLite says is wrong with the file; null when it is whole, or when that took too long to find out. */
  fault: string | null;
  /** What came out after that; null when nothing is left to come out. */
  late: Promise<string | null> | null;
}

const NOTHING_WRONG: Look = { fault: null, late: null };
/** Large files of which only the newest are of use to anybody. */
const ASIDE_KEPT = 2;
/** SQLite's side files belong to their file and go where it goes. */
const SIDES = ['', '-wal', '-shm'];

/** Somebody found damage in this file: the next start looks through all of it. */
export function suspect(file: string): void {
  try {
    writeFileSync(suspicionOf(file), '', { mode: 0o600 });
  } catch {
    // On a full disk. After an unclean stop the next start looks all the same.
  }
}

export function isSuspect(file: string): boolean {
  return existsSync(suspicionOf(file));
}

/**
 * Looks through a file before it is used, in a thread. A start does not wait for ever: a large file on a slow disk is
 * looked through beside it, and what comes out is `late`.
 */
export async function lookThrough(file: string, withinMs: number): Promise<Look> {
  if (!existsSync(file) || statSync(file).size === 0) return NOTHING_WRONG;
  const check = isSuspect(file) ? 'integrity_check' : 'quick_check';
  const looked = inspect(file, { isLive: true, check })
    // What only keeps us from looking, such as rights, is told by opening it.
    .then(({ fault, code }) => (code === null || isDamageCode(code) ? fault : null))
    .catch(() => null);
  const clear = (fault: string | null): string | null => {
    if (fault === null) rmSync(suspicionOf(file), { force: true });
    else suspect(file);
    return fault;
  };
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  const first = await Promise.race([looked, deadline]);
  clearTimeout(timer);
  if (first === 'late') return { fault: null, late: looked.then(clear) };
  return { fault: clear(first), late: null };
}

/** Moves a file and what belongs to it out of the way, and tells where it is now. */
export function setAside(file: string, stamp: string): string {
  const aside = `${file}.corrupt-${stamp}`;
  for (const side of SIDES) if (existsSync(file + side)) renameSync(file + side, aside + side);
  rmSync(suspicionOf(file), { force: true });
  removeOlder(`${file}.corrupt-`);
  return aside;
}

function removeOlder(start: string): void {
  const folder = dirname(start);
  const found = readdirSync(folder).filter(name => name.startsWith(basename(start)));
  const copies = found.filter(name => !name.endsWith('-wal') && !name.endsWith('-shm')).toSorted();
  for (const copy of copies.slice(0, -ASIDE_KEPT))
    for (const side of SIDES) rmSync(join(folder, copy + side), { force: true });
}

function suspicionOf(file: string): string {
  return `${file}.suspect`;
}
