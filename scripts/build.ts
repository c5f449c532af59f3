import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const fresh = join(root, `dist.${process.pid}`);
/** Builds that go on side by side do not clear away each other's files. */
const LEFTOVER_AGE_MS = 60_000;
/** These make the rest visible, in this order: the launcher looks for the last one. */
const LAST = [join('cli', 'main.js'), 'built'];

const esbuild = await import('esbuild').catch(() => {
  process.stderr.write(`esbuild is not installed: run 'npm ci' in ${root}, then try again.\n`);
  process.exit(1);
});

/** Bundled are only the packages that every start of the CLI needs; the rest stays what npm installed. */
const BUNDLED = ['yargs', 'zod'];
const external = Object.keys(manifest.dependencies).filter(name => !BUNDLED.includes(name));

const startedAt = new Date();
try {
  await esbuild.build({
    entryPoints: [join(root, 'src/cli/main.ts')],
    outbase: join(root, 'src'),
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external,
    alias: { 'string-width': join(root, 'scripts/text-width.ts') },
    minifySyntax: true,
    sourcemap: true,
    logLevel: 'warning',
  });
  // The launcher compares the sources with this file's age; what changes during the build is not in it.
  writeFileSync(join(fresh, 'built'), '');
  utimesSync(join(fresh, 'built'), startedAt, startedAt);
  publish(filesIn(fresh));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** File by file, each in one move, so that who starts meanwhile finds the old program or the new one, never a gap. */
function publish(files: string[]): void {
  for (const file of [...files.filter(name => !LAST.includes(name)), ...LAST]) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(fresh, file), join(dist, file));
  }
  for (const file of filesIn(dist)) {
    const path = join(dist, file);
    const age = startedAt.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (!files.includes(file) && age > LEFTOVER_AGE_MS) rmSync(path, { force: true });
  }
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
