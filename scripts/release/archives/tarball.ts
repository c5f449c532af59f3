import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from '../run.ts';

/** Four seconds; more costs much and saves little, xz a tenth smaller in half a minute (decision 17). */
export const ZSTD_LEVEL = 9;

/** One archive of the tree that is the same whoever packs it, and when. */
export function packTree(tree: string, time: number): string {
  const name = basename(tree);
  const folder = dirname(tree);
  const archive = join(folder, `${name}.tar`);
  run('tar', [
    ...['--create', '--file', archive, '--directory', folder, '--format=gnu', '--sort=name'],
    ...[`--mtime=@${time}`, '--owner=root:0', '--group=root:0', '--numeric-owner', '--mode=u=rwX,go=rX'],
    name,
  ]);
  run('zstd', [`-${ZSTD_LEVEL}`, '-T2', '--quiet', '--force', '--rm', archive]);
  return `${name}.tar.zst`;
}

/** As `sha256sum --check` reads it. */
export function writeSums(folder: string, files: readonly string[]): void {
  const sums = files.map(file => `${sumOf(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
}

function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
