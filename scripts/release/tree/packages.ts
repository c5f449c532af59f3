import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { ReleaseError } from '../run.ts';
import type { Bundle } from './bundle.ts';

/** A package that is shipped, be it inside the bundle or beside it. */
export interface Package {
  /** From the root of the checkout: node_modules/… */
  folder: string;
  name: string;
  version: string;
  /** As the package declares it, in SPDX words where it knows them. */
  licence: string | null;
  author: string | null;
}

/** Of each package the bundle asks for at run time, and of each that those ask for: the program files in use. */
export function tracedFiles(root: string, bundle: Bundle): Map<string, Set<string>> {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = specifiersIn(bundle).filter(specifier => nameOf(specifier) in dependencies);
  const { inputs } = trace(root, wanted);
  const files = new Map<string, Set<string>>();
  for (const input of Object.keys(inputs)) {
    const folder = packageFolderOf(input);
    if (folder === null) continue;
    const known = files.get(folder) ?? new Set();
    files.set(folder, known.add(relative(folder, input)));
  }
  const lost = wanted.filter(specifier => !files.has(join('node_modules', nameOf(specifier))));
  if (lost.length > 0) throw new ReleaseError(`Needed at run time and not found: ${lost.join(', ')}`);
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Some are named to `require` or `resolve` by plain texts, which no list of the builder has; the bundle has them all. A
 * text before a colon is a name in the manifest, which is in the bundle too.
 */
function specifiersIn({ external, programs, textOf }: Bundle): string[] {
  const name = external.map(one => one.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const quoted = new RegExp(`["'\`]((?:${name})(?:/[\\w./-]+)?)["'\`](?!\\s*:)`, 'g');
  const found = programs.flatMap(program =>
    [...textOf(program).matchAll(quoted)].map(match => match[1] ?? ''),
  );
  return [...new Set(found)].toSorted();
}

/** The builder follows what each file requires; what cannot be found is optional there (a terminal inside blessed). */
function trace(root: string, specifiers: readonly string[]): Metafile {
  const requireThere = createRequire(join(root, 'package.json'));
  const contents = specifiers.map(one => `require(${JSON.stringify(requireThere.resolve(one))});`).join('\n');
  return buildSync({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    external: OPTIONAL_INSIDE,
    logLevel: 'error',
  }).metafile;
}

/** Asked for by blessed when somebody opens a terminal inside it; it does not depend on them. */
const OPTIONAL_INSIDE = ['term.js', 'pty.js'];

/** Packages of which something is left in the bundle. */
export function bundledPackages({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => packageFolderOf(file));
  return [...new Set(folders.filter(folder => folder !== null))].toSorted();
}

export function packageAt(root: string, folder: string): Package {
  const file = join(root, folder, 'package.json');
  if (!existsSync(file)) throw new ReleaseError(`${folder} has no package.json: run 'npm ci' again`);
  const { name, version, license, licenses, author, contributors } = JSON.parse(readFileSync(file, 'utf8'));
  const old = Array.isArray(licenses) ? licenses.map(one => one.type ?? one).join(' OR ') : licenses?.type;
  return {
    folder,
    name,
    version,
    licence: (typeof license === 'string' ? license : license?.type) ?? old ?? null,
    author: personOf(author) ?? personOf(contributors?.[0]),
  };
}

function personOf(person: unknown): string | null {
  const name = typeof person === 'object' && person !== null && 'name' in person ? person.name : person;
  return typeof name === 'string' ? name.replace(/\s*[<(].*/, '') : null;
}

function packageFolderOf(file: string): string | null {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? null;
}

function nameOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}
