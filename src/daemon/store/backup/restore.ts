import { chmodSync, chownSync, copyFileSync, existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Paths } from '../../../shared/paths.ts';
import { lockInstance } from '../../instance-lock.ts';
import { refuseNewer } from '../database.ts';
import { asAppError } from '../database-fault.ts';
import { inspect } from '../inspection.ts';
import { stampOf } from './backup.ts';
import { type Manifest, readBackup, unusable } from './manifest.ts';
import { dropStaged, finishRestore, planRestore, stagedName } from './restore-plan.ts';

type StorePaths = Pick<Paths, 'stateFile' | 'journalFile' | 'journalMarkFile' | 'lockFile'>;

interface RestoreOptions {
  /** Of one backup: the one with the manifest. */
  folder: string;
  paths: StorePaths;
  now: number;
}

export interface Restored {
  manifest: Manifest;
  /** Where the files that were there before are now. */
  keptAside: string[];
  /** Keys that had been revoked since the backup, and stay so. */
  keysRevokedAgain: string[];
}

const FILE_MODE = 0o600;

/**
 * Puts a backup in place of the files there are. Everything is checked before anything is touched; the files of before
 * are kept; and a restore that is interrupted is finished by the next start. Throws E_CONFLICT while a daemon runs.
 */
export async function restore({ folder, paths, now }: RestoreOptions): Promise<Restored> {
  const manifest = await readBackup(folder);
  const stateFolder = dirname(paths.stateFile);
  const release = lockInstance(paths.lockFile);
  let isPlanned = false;
  try {
    finishRestore(paths);
    for (const file of manifest.files) await stage(join(folder, file.name), targetOf(file.part, paths));
    const has = (part: 'state' | 'journal'): boolean => manifest.files.some(file => file.part === part);
    const keysRevokedAgain = has('state') ? revokeAgain(paths.stateFile) : [];
    if (has('journal')) breakOff(paths.journalFile, basename(folder));
    const targets = manifest.files.map(({ part }) => targetOf(part, paths));
    planRestore({ paths, targets, suffix: `before-${stampOf(now)}` });
    isPlanned = true;
    return { manifest, keysRevokedAgain, keptAside: finishRestore(paths) };
  } catch (error) {
    // Once planned it will be done: the next start goes on with it.
    if (!isPlanned) dropStaged(paths);
    throw asAppError(error, stateFolder);
  } finally {
    release();
  }
}

/** Whether a backup could be used by this program; nothing is changed. Throws E_BACKUP or E_CONFIG. */
export async function proveBackup(folder: string): Promise<Manifest> {
  const manifest = await readBackup(folder);
  for (const { name, part } of manifest.files) {
    const file = join(folder, name);
    const { version, fault } = await inspect(file, { isLive: true });
    if (fault !== null) throw unusable(`${file} is damaged: ${fault}`);
    refuseNewer({ path: file, found: version, part });
  }
  return manifest;
}

/** Beside the file it will replace, so that this takes one move; checked there, because that is what will be used. */
async function stage(source: string, target: string): Promise<void> {
  const staged = stagedName(target);
  copyFileSync(source, staged);
  chmodSync(staged, FILE_MODE);
  const owner = statSync(dirname(target));
  // Root restores, the service's user must read it.
  if (process.geteuid?.() === 0) chownSync(staged, owner.uid, owner.gid);
  const { version, fault } = await inspect(staged, { isLive: false });
  if (fault !== null) throw unusable(`${source} is damaged: ${fault}`);
  refuseNewer({ path: source, found: version, part: target.endsWith('journal.db') ? 'journal' : 'state' });
}

/** Going back in time must not bring back keys that were taken away. */
function revokeAgain(stateFile: string): string[] {
  const revoked = revokedKeys(stateFile);
  const staged = new Sqlite(stagedName(stateFile), { fileMustExist: true });
  try {
    const revoke = staged.prepare(
      'UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id',
    );
    return revoked.flatMap(({ id, revokedAt }) => (revoke.get(revokedAt, id) ? [id] : []));
  } finally {
    staged.close();
  }
}

function revokedKeys(stateFile: string): { id: string; revokedAt: number }[] {
  if (!existsSync(stateFile)) return [];
  try {
    const present = new Sqlite(stateFile, { readonly: true });
    try {
      return present
        .prepare('SELECT id, revoked_at AS revokedAt FROM api_keys WHERE revoked_at IS NOT NULL')
        .all() as { id: string; revokedAt: number }[];
    } finally {
      present.close();
    }
  } catch {
    // It is damaged: that may be why somebody restores.
    return [];
  }
}

/** The seqs after the backup were given out once already, so the log must not go on with the same epoch. */
function breakOff(journalFile: string, backup: string): void {
  const staged = new Sqlite(stagedName(journalFile), { fileMustExist: true });
  try {
    staged.prepare("DELETE FROM journal_meta WHERE key = 'epoch'").run();
    staged
      .prepare("INSERT OR REPLACE INTO journal_meta (key, value) VALUES ('restored_from', ?)")
      .run(backup);
  } finally {
    staged.close();
  }
}

function targetOf(part: 'state' | 'journal', paths: StorePaths): string {
  return part === 'state' ? paths.stateFile : paths.journalFile;
}
