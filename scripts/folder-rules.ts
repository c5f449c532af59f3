import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/**
 * Who may import whom: one row per folder, the most exact row counts. A folder may always import itself.
 * docs/map.md explains the table; a change to it needs a decision record.
 */
const MAY_IMPORT: Record<string, string[]> = {
  'src/shared': ['package.json'],
  'src/cli': ['src/shared', 'bin', 'src/daemon', 'src/simulator', 'src/tui', 'src/host'],
  'src/host': ['src/shared'],
  'src/tui': ['src/shared'],
  'src/simulator': ['src/shared', 'bin'],
  'src/simulator/exchange': ['src/shared'],
  'src/daemon': ['src/shared'],
  'src/daemon/relay': ['src/shared', 'src/daemon'],
  'src/daemon/config': ['src/shared'],
  'src/daemon/logging': ['src/shared', 'src/daemon/config'],
  'src/daemon/oversight': ['src/shared', 'src/daemon'],
  'src/daemon/store': ['src/shared', 'src/daemon/instance-lock.ts'],
  'src/daemon/core': ['src/shared', 'src/daemon/store'],
  'src/daemon/sources': ['src/shared', 'src/daemon/core/ports.ts', 'src/daemon/core/call-fact.ts'],
  'src/daemon/audit': ['src/shared', 'src/daemon/core/ports.ts', 'src/daemon/store'],
  'src/daemon/guards': ['src/shared', 'src/daemon/core/ports.ts', 'src/daemon/store'],
  'src/daemon/guards/operators': [
    'src/shared',
    'src/daemon/core/ports.ts',
    'src/daemon/store',
    'src/daemon/guards',
    'src/daemon/audit',
  ],
  'src/daemon/health': [
    'src/shared',
    'src/daemon/core/ports.ts',
    'src/daemon/core/clock-watch.ts',
    'src/daemon/store',
  ],
  'src/daemon/doctor': [
    'src/shared',
    'src/daemon/config',
    'src/daemon/core/ports.ts',
    'src/daemon/guards',
    'src/daemon/sources',
    'src/daemon/store',
    'src/daemon/clock.ts',
    'src/daemon/instance-lock.ts',
  ],
  'src/daemon/control': ['src/shared', 'src/daemon'],
  'src/daemon/outlets/control': [
    'src/shared',
    'src/daemon/core',
    'src/daemon/guards',
    'src/daemon/health',
    'src/daemon/audit',
    'src/daemon/outlets/http',
  ],
  'src/daemon/outlets': ['src/shared', 'src/daemon/core', 'src/daemon/guards', 'src/daemon/health'],
  test: ['src', 'bin', 'package.json', 'scripts/terminal'],
  bench: [
    'src/shared',
    'src/simulator',
    'src/daemon/sources/threecx/history/records/history-cursor.ts',
    'bin',
    'scripts/terminal',
  ],
  'scripts/pictures': ['scripts/terminal', 'bench/servers/relay.ts', 'src/simulator', 'bin'],
  scripts: ['package.json', 'src/daemon/doctor/page.ts', 'src/cli', 'src/shared/telling/cells.ts'],
};

const root = join(import.meta.dirname, '..');
const files = globSync(['src/**/*.{ts,tsx}', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'], {
  cwd: root,
}).toSorted();
const imports = new Map(files.map(file => [file, importsOf(file)]));
const faults = [...files.flatMap(brokenRows), ...cycles()];

for (const fault of faults) process.stdout.write(`  ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Imports of our own files always carry their extension, so the text alone tells where they lead. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(
    match => match[1] ?? '',
  );
  return specifiers.map(specifier => normalize(join(file, '..', specifier)));
}

function brokenRows(file: string): string[] {
  const isTest = file.endsWith('.test.ts');
  const folder = folderOf(file);
  if (folder === undefined)
    return [`${file} stands in no folder that MAY_IMPORT of scripts/folder-rules.ts knows`];
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? []), ...(isTest ? ['src', 'test'] : [])];
  return (imports.get(file) ?? [])
    .filter(target => !allowed.some(place => target === place || target.startsWith(`${place}/`)))
    .map(target => `${file} imports ${target}: ${folder} may import only ${allowed.join(', ')}`);
}

function folderOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter(folder => file.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function cycles(): string[] {
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(`circle: ${[...path.slice(start), file].join(' -> ')}`);
      return;
    }
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    finished.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}
