import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Package } from '../tree/packages.ts';
import { type BuiltIn, builtIn } from './built-in.ts';

interface SbomOrder {
  root: string;
  version: string;
  time: number;
  packages: readonly Package[];
  runtime: Package;
}

/** What `npm ci` put there, as package-lock.json has it. */
interface Locked {
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

type Lock = Record<string, Locked>;

/** What is shipped, as CycloneDX 1.6: scanners compare it with lists of known holes. */
export function sbomText({ root, version, time, packages, runtime }: SbomOrder): string {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const inside = builtIn(root, runtime);
  const relay = `pkg:generic/3cx-relay@${version}`;
  const node = `pkg:generic/node@${runtime.version}`;
  const own = { name: '3cx-relay', version, licenses: [{ license: { id: 'MIT' } }], purl: relay };
  const platform = { name: 'node', version: runtime.version, licenses: licencesOf(runtime), purl: node };
  // Some are there more than once, in folders of their own.
  const libraries = new Map(packages.map(one => [purlOf(one), library(one, lock[one.folder])]));
  const document = {
    metadata: {
      timestamp: `${new Date(time * 1000).toISOString().slice(0, 19)}Z`,
      component: { type: 'application', 'bom-ref': relay, ...own },
    },
    components: [
      { type: 'platform', 'bom-ref': node, ...platform },
      ...libraries.values(),
      ...inside.map(({ component }) => component),
    ],
    dependencies: dependencies({ relay, node, lock, packages, inside }),
  };
  const head = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}`,
    version: 1,
  };
  return `${JSON.stringify({ ...head, ...document }, null, 2)}\n`;
}

interface Parts {
  relay: string;
  node: string;
  lock: Lock;
  packages: readonly Package[];
  inside: readonly BuiltIn[];
}

/** Who asks for whom, as far as it is shipped. */
function dependencies({ relay, node, lock, packages, inside }: Parts): object[] {
  const refs = new Map(packages.map(one => [one.folder, purlOf(one)]));
  const asked = new Map<string, Set<string>>();
  const add = (ref: string, needed: Iterable<string>): void => {
    asked.set(ref, new Set([...(asked.get(ref) ?? []), ...needed]));
  };
  add(relay, [node, ...packages.filter(({ folder }) => isDirect(lock, folder)).map(purlOf)]);
  add(node, []);
  for (const one of packages) {
    add(
      purlOf(one),
      neededBy(lock, one.folder).flatMap(folder => refs.get(folder) ?? []),
    );
  }
  for (const { of, component } of inside) {
    add(of === 'node' ? node : (refs.get(of) ?? relay), [component['bom-ref']]);
    add(component['bom-ref'], []);
  }
  return [...asked].map(([ref, needed]) => ({ ref, dependsOn: [...needed].toSorted() }));
}

function library(one: Package, locked: Locked | undefined): object {
  const [group, name] = one.name.startsWith('@') ? one.name.split('/') : [undefined, one.name];
  const sha512 = /^sha512-(\S+)/.exec(locked?.integrity ?? '')?.[1];
  return {
    type: 'library',
    'bom-ref': purlOf(one),
    ...(group && { group }),
    name,
    version: one.version,
    ...(sha512 && { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] }),
    licenses: licencesOf(one),
    purl: purlOf(one),
  };
}

function licencesOf({ licence }: Package): object[] {
  const text = licence ?? '';
  if (/ (?:OR|AND|WITH) /.test(text)) return [{ expression: text }];
  return [{ license: /^[A-Za-z0-9.+-]+$/.test(text) ? { id: text } : { name: text } }];
}

function purlOf({ name, version }: Package): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function isDirect(lock: Lock, folder: string): boolean {
  return folder.replace('node_modules/', '') in (lock['']?.dependencies ?? {});
}

/** Where Node would find each dependency: in the package's own folder, then in those above. */
function neededBy(lock: Lock, folder: string): string[] {
  const { dependencies, optionalDependencies } = lock[folder] ?? {};
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap(name => {
    for (
      let above = `${folder}/`;
      ;
      above = above.slice(0, above.lastIndexOf('node_modules/', above.length - 2))
    ) {
      const place = `${above}node_modules/${name}`;
      if (place in lock) return [place];
      if (above === '') return [];
    }
  });
}

/** The same for the same contents: a random one would make each release another. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
