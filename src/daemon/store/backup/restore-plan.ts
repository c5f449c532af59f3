import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { Paths } from '../../../shared/paths.ts';

type StorePaths = Pick<Paths, 'stateFile' | 'journalFile' | 'journalMarkFile'>;

/** Which files are to be replaced. While it is there, a restore is under way. */
const planSchema = z.object({ targets: z.array(z.string()), suffix: z.string() });

/** SQLite's side files belong to their file and go where it goes. */
const SIDES = ['', '-wal', '-shm'];

export function stagedName(target: string): string {
  return `${target}.restoring`;
}

/** From here on the restore will be done, by this process or by the next. The staged files must be complete. */
export function planRestore({
  paths,
  targets,
  suffix,
}: {
  paths: StorePaths;
  targets: string[];
  suffix: string;
}): void {
  const plan = planFile(paths);
  writeFileSync(`${plan}.new`, JSON.stringify({ targets, suffix }), { mode: 0o600, flush: true });
  renameSync(`${plan}.new`, plan);
}

/** Does what is left of a restore; nothing when none is under way. Any of its steps may have been the last one done. */
export function finishRestore(paths: StorePaths): string[] {
  const plan = planFile(paths);
  if (!existsSync(plan)) {
    dropStaged(paths);
    return [];
  }
  const { targets, suffix } = planSchema.parse(JSON.parse(readFileSync(plan, 'utf8')));
  const keptAside = targets.map(target => `${target}.${suffix}`);
  for (const target of targets) {
    const staged = stagedName(target);
    // Moved already: what lies at the target now is the restored one.
    if (!existsSync(staged)) continue;
    for (const side of SIDES) {
      if (existsSync(target + side)) renameSync(target + side, `${target}.${suffix}${side}`);
    }
    renameSync(staged, target);
  }
  if (targets.includes(paths.journalFile)) rmSync(paths.journalMarkFile, { force: true });
  rmSync(plan);
  return keptAside.filter(file => existsSync(file));
}

/** Copies that nobody will use. */
export function dropStaged({ stateFile, journalFile }: StorePaths): void {
  for (const target of [stateFile, journalFile]) rmSync(stagedName(target), { force: true });
}

function planFile({ stateFile }: StorePaths): string {
  return join(dirname(stateFile), 'restore.plan');
}
