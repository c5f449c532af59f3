import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Plugin } from 'esbuild';
import { COMMANDS } from '../src/cli/table.ts';
import { manPages } from '../src/cli/words/man-page.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** For a release: into an empty folder elsewhere, with the list of all that went in, and without what only traces need. */
const { into } = parseArgs({ options: { into: { type: 'string' } } }).values;
const fresh = into ?? join(root, `dist.${process.pid}`);
/** Builds that go on side by side do not clear away each other's files. */
const LEFTOVER_AGE_MS = 60_000;
/** These make the rest visible, in this order: the launcher looks for the last one. */
const LAST = [join('cli', 'main.js'), 'built'];

const esbuild = await import('esbuild').catch(() => {
  process.stderr.write(`esbuild is not installed: run 'npm ci' in ${root}, then try again.\n`);
  process.exit(1);
});

/**
 * What stays as npm installed it: native code, what a thread finds by its path, widgets that are required by computed
 * names, and what only developers of React have. All else is bundled: each file that Node loads by itself costs time and
 * memory, together 5 MB of an idle daemon (axios most), and half of the time until the dashboard is there.
 */
const external = ['better-sqlite3', 'bcryptjs', 'blessed', 'blessed-contrib', 'react-devtools-core'];
/** Bundled packages in the older form of modules ask for Node's own ones by this name. */
const REQUIRE =
  "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);";

/** Who measures text by what of ours. */
const MEASURED_BY: Record<string, string> = {
  ...{ yargs: 'text-width.ts', cliui: 'text-width.ts', 'wrap-ansi': 'text-width.ts' },
  ...{ ink: 'drawn-width.ts', 'widest-line': 'drawn-width.ts' },
};

/** The parser of arguments measures plain words; the tables of all scripts would cost each command 50 ms. */
const plainWidths: Plugin = {
  name: 'plain widths',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^string-width$/ }, ({ importer }) => {
      const [, name = ''] = /.*node_modules\/([^/]+)\//.exec(importer) ?? [];
      const instead = MEASURED_BY[name];
      return instead === undefined ? undefined : { path: join(root, 'scripts', instead) };
    });
  },
};

/**
 * The layout engine of Ink asks for its own bytes, which lie beside it in the same file, by fetch: that loads a whole
 * HTTP client, a sixth of the time until the dashboard is there. Told that there is none, it takes them as they are.
 */
const bytesAtHand: Plugin = {
  name: 'bytes at hand',
  setup: ({ onLoad }) => {
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('"function"!=typeof fetch', 'true'),
    }));
  },
};

const startedAt = new Date();
try {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [join(root, 'src/cli/main.ts')],
    outbase: join(root, 'src'),
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external,
    plugins: [plainWidths, bytesAtHand],
    // React's own checks cost two thirds more time and 40 MB.
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: REQUIRE },
    minifySyntax: true,
    // The text of the program stays in memory. Names are kept: they stand in traces.
    minifyWhitespace: true,
    sourcemap: into === undefined,
    metafile: into !== undefined,
    logLevel: 'warning',
  });
  writeManPages(join(fresh, 'man', 'man1'));
  if (metafile) {
    writeFileSync(join(fresh, 'metafile.json'), JSON.stringify({ ...metafile, external }));
  } else {
    // The launcher compares the sources with this file's age; what changes during the build is not in it.
    writeFileSync(join(fresh, 'built'), '');
    utimesSync(join(fresh, 'built'), startedAt, startedAt);
    publish(filesIn(fresh));
  }
} finally {
  if (into === undefined) rmSync(fresh, { recursive: true, force: true });
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

/** From what `--help` is made from. */
function writeManPages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of manPages(COMMANDS.map(({ command }) => command))) {
    writeFileSync(join(folder, file), text);
  }
}
