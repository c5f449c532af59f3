import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const esbuild = await import('esbuild').catch(() => {
  process.stderr.write(`esbuild is not installed: run 'npm ci' in ${root}, then try again.\n`);
  process.exit(1);
});

rmSync(dist, { recursive: true, force: true });
await esbuild.build({
  entryPoints: [join(root, 'src/cli/main.ts')],
  outbase: join(root, 'src'),
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: ['better-sqlite3'],
  minifySyntax: true,
  sourcemap: true,
  logLevel: 'warning',
});
mkdirSync(dist, { recursive: true });
// The launcher compares the sources with this file's age.
writeFileSync(join(dist, 'built'), '');
