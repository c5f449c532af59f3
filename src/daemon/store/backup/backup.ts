import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AppError } from '../../../shared/errors.ts';
import { asAppError } from '../database-fault.ts';
import { inspect, sha256Of } from '../inspection.ts';
import type { DatabasePart } from '../schema-text.ts';
import { MANIFEST_FILE, type Manifest } from './manifest.ts';

/** An open file of ours. */
export interface OpenPart {
  part: DatabasePart;
  database: Database;
}

interface BackupOptions {
  parts: readonly OpenPart[];
  /** Each backup gets a folder of its own in it. */
  folder: string;
  now: number;
  /** The version of this program. */
  program: string;
}

export interface Backup {
  folder: string;
  manifest: Manifest;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Copied in one turn of the loop, of 4 KiB each. */
const PAGES_PER_TURN = 250;
/** A backup must not be what fills the disk. */
const SPARE_BYTES = 200 * 1_048_576;
const PARTIAL = '.partial';

/** Copies the files while they are in use. What has the manifest is whole, proven and on disk; nothing else counts. */
export async function backUp({ parts, folder, now, program }: BackupOptions): Promise<Backup> {
  const target = join(folder, stampOf(now));
  const partial = `${target}${PARTIAL}`;
  try {
    makeFolder(folder);
    removeLeftovers(folder);
    refuseFull(parts, folder);
    mkdirSync(partial, { mode: FOLDER_MODE });
  } catch (error) {
    throw asAppError(error, folder);
  }
  try {
    const files: Manifest['files'] = [];
    for (const part of parts) files.push(await copy(part, partial));
    const manifest: Manifest = { format: 1, program, createdAt: new Date(now).toISOString(), files };
    const manifestFile = join(partial, MANIFEST_FILE);
    writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`, { mode: FILE_MODE });
    for (const file of [...files.map(({ name }) => join(partial, name)), manifestFile, partial]) sync(file);
    renameSync(partial, target);
    sync(folder);
    return { folder: target, manifest };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw asAppError(error, target);
  }
}

/** Where a backup would go and how large it would be. Throws what would keep it from being made. */
export function planBackup({ parts, folder, now }: Omit<BackupOptions, 'program'>): {
  folder: string;
  bytes: number;
} {
  try {
    let existing = folder;
    while (!existsSync(existing)) existing = dirname(existing);
    demandFolder(existing);
    accessSync(existing, constants.W_OK | constants.X_OK);
    refuseFull(parts, existing);
  } catch (error) {
    throw asAppError(error, folder);
  }
  const bytes = parts.reduce((sum, { database }) => sum + bytesOf(database), 0);
  return { folder: join(folder, stampOf(now)), bytes };
}

/** A time that sorts as text and may stand in a file's name. */
export function stampOf(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:.]/g, '');
}

/** Level by level: below /proc, where nothing can be made, the recursive mkdir of Node never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return demandFolder(folder);
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const detail = `No folder can be made at ${folder} (${code}). Name one on a disk of the relay's host.`;
    throw new AppError('E_BAD_REQUEST', { detail, cause: error });
  }
}

function demandFolder(path: string): void {
  if (statSync(path).isDirectory()) return;
  const detail = `${path} is there and is no folder. Name one on a disk of the relay's host.`;
  throw new AppError('E_BAD_REQUEST', { detail });
}

async function copy({ part, database }: OpenPart, folder: string): Promise<Manifest['files'][number]> {
  const name = `${part}.db` as const;
  const file = join(folder, name);
  closeSync(openSync(file, 'wx', FILE_MODE));
  await database.backup(file, { progress: () => PAGES_PER_TURN });
  const { version, fault } = await inspect(file, { isLive: false });
  if (fault !== null) {
    const detail = `The copy of ${basename(database.name)} is damaged: ${fault}. Run '3cx-relay maintenance' to see whether the original is.`;
    throw new AppError('E_BACKUP', { detail });
  }
  return { part, name, version, bytes: statSync(file).size, sha256: await sha256Of(file) };
}

function refuseFull(parts: readonly OpenPart[], folder: string): void {
  const needed = parts.reduce((sum, { database }) => sum + bytesOf(database), SPARE_BYTES);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  const mib = (bytes: number): number => Math.ceil(bytes / 1_048_576);
  const detail = `A backup needs ${mib(needed)} MiB in ${folder}, and ${mib(free)} MiB are free. Free space, or name another folder.`;
  throw new AppError('E_UNAVAILABLE', { detail });
}

function bytesOf(database: Database): number {
  return (
    Number(database.pragma('page_count', { simple: true })) *
    Number(database.pragma('page_size', { simple: true }))
  );
}

/** What a killed backup left. Two at a time are not made: whoever asks for one holds the only daemon. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\d{8}T\d{9}Z\.partial$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
