import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { ReleaseError, run } from '../run.ts';

/** What the builder wrote aside: the bundle, the manual, and the list of what went in. */
export interface Bundle {
  metafile: Metafile;
  /** Packages that the builder left as npm installed them. */
  external: readonly string[];
  programs: readonly string[];
  manPages: readonly string[];
  textOf(program: string): string;
  manPage(file: string): string;
}

/** Not into `dist`: there, others may build at the same time, and files of older builds lie about. */
export function bundle(root: string, folder: string): Bundle {
  run(process.execPath, [join(root, 'scripts/build.ts'), '--into', folder]);
  const { external, ...metafile } = JSON.parse(readFileSync(join(folder, 'metafile.json'), 'utf8'));
  const programs = Object.keys(metafile.outputs).map(output => relative(folder, resolve(root, output)));
  if (!programs.includes('cli/main.js')) {
    throw new ReleaseError('The bundle has no cli/main.js: look at scripts/build.ts');
  }
  const manual = join(folder, 'man/man1');
  return {
    metafile,
    external,
    programs: programs.toSorted(),
    manPages: readdirSync(manual).toSorted(),
    textOf: program => readFileSync(join(folder, program), 'utf8'),
    manPage: file => readFileSync(join(manual, file), 'utf8'),
  };
}
