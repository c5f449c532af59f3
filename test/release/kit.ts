import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

export const checkout = join(import.meta.dirname, '../..');
const script = join(checkout, 'scripts/release/release.ts');
const NOBODY = 65_534;

/** Why releases cannot be made and run here; '' where they can. */
export function whyNot(...programs: string[]): string {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return 'skipped: releases are for Linux x86-64';
  const missing = ['strip', ...programs].filter(name => spawnSync(name, ['--version']).error);
  return missing.length === 0 ? '' : `skipped: ${missing.join(', ')} not installed`;
}

/** A folder for a file of tests, that everybody may look into. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  afterAll(() => {
    // Parts of it are made read-only.
    spawnSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  spawnSync('chmod', ['755', folder]);
  return folder;
}

export async function release(
  out: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  await promisify(execFile)(process.execPath, [script, '--out', out, ...args], {
    env: { ...process.env, ...env },
  });
}

/** Whoever runs the tests, never root: root may write where it is forbidden. */
export function ordinaryUser(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

export function textOf(child: ChildProcess): () => string {
  const heard: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => heard.push(String(chunk)));
  return () => heard.join('');
}

/** Paths of all files below, in order. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
