import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE_LINES_WARN = 200;
const SOURCE_LINES_MAX = 250;
const TEST_LINES_MAX = 400;
const FOLDER_FILES_MAX = 10;

const root = join(import.meta.dirname, '..');
const files = globSync(
  ['src/**/*.{ts,tsx,sql}', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'schema.sql'],
  {
    cwd: root,
  },
);
let failed = false;

for (const file of files.toSorted()) {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n').length - 1;
  const isTest = file.startsWith('test/') || file.endsWith('.test.ts');
  const max = isTest ? TEST_LINES_MAX : SOURCE_LINES_MAX;
  // A longer file states its reason in the first line: "// Long because ...".
  if (lines > max && !text.startsWith('// Long because')) {
    failed = true;
    process.stdout.write(`  ${file} has ${lines} lines, ${max} are allowed: cut it, or say why on line 1\n`);
  } else if (!isTest && lines > SOURCE_LINES_WARN) {
    process.stdout.write(`  ${file} has ${lines} lines: think about what it really is\n`);
  }
}

for (const [folder, count] of sourcesPerFolder()) {
  if (count > FOLDER_FILES_MAX) {
    failed = true;
    process.stdout.write(
      `  ${folder}/ has ${count} files, ${FOLDER_FILES_MAX} are allowed: look for a second kind\n`,
    );
  }
}
process.exitCode = failed ? 1 : 0;

function sourcesPerFolder(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (!/^(src|bench)\//.test(file) || file.endsWith('.test.ts')) continue;
    const folder = file.slice(0, file.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}
