import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import type { Package } from '../tree/packages.ts';

/** What is compiled into a program file and would otherwise be seen by nobody who looks for known holes. */
export interface BuiltIn {
  /** 'node', or the folder of the package it is in. */
  of: string;
  component: { type: 'library'; 'bom-ref': string; name: string; version: string; purl: string };
}

/** These are numbers of interfaces or data, not of libraries. */
const NOT_A_LIBRARY = ['node', 'modules', 'napi', 'cldr', 'tz', 'unicode'];

export function builtIn(root: string, runtime: Package): BuiltIn[] {
  const asked = run(join(root, runtime.folder, 'bin/node'), ['-p', 'JSON.stringify(process.versions)']);
  const versions: Record<string, string> = JSON.parse(asked);
  // What the runtime was made without is there with an empty version.
  const libraries = Object.entries(versions).filter(
    ([name, version]) => version && !NOT_A_LIBRARY.includes(name),
  );
  const sqlite = 'node_modules/better-sqlite3';
  const header = readFileSync(join(root, sqlite, 'deps/sqlite3/sqlite3.h'), 'utf8');
  const sqliteVersion = /#define SQLITE_VERSION\s+"([\d.]+)"/.exec(header)?.[1];
  return [
    ...libraries.map(([name, version]) => piece('node', name, version)),
    ...(sqliteVersion ? [piece(sqlite, 'sqlite', sqliteVersion)] : []),
  ];
}

function piece(of: string, name: string, version: string): BuiltIn {
  const purl = `pkg:generic/${name}@${encodeURIComponent(version)}`;
  const ref = of === 'node' ? `${purl}#node` : `${purl}#${of}`;
  return { of, component: { type: 'library', 'bom-ref': ref, name, version, purl } };
}
