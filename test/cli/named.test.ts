import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/table.ts';

const ROOT = join(import.meta.dirname, '../..');
/** `3cx-relay keys list`, 'sudo 3cx-relay login', and lines of a shell that begin so. */
const NAMED = /(?:[`'"(]|^|; |&& )(?:sudo |bin\/)*3cx-relay ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?/gm;
/** Titles and sentences. */
const NO_COMMANDS = new Set(['control undefined', 'runs at', 'help undefined']);

it('every command that a text of ours tells somebody to use exists', () => {
  const names = COMMANDS.map(({ command }) => command.name);
  const files = globSync(['README.md', 'docs/**/*.md', 'src/**/*.ts'], { cwd: ROOT });
  const unknown = files
    .filter(file => !file.endsWith('.test.ts'))
    .flatMap(file => {
      const named = [...readFileSync(join(ROOT, file), 'utf8').matchAll(NAMED)];
      return named
        .map(([, word = '', verb]) => ({ word, both: `${word} ${verb}` }))
        .filter(({ word, both }) => !names.includes(word) && !names.includes(both) && !NO_COMMANDS.has(both))
        .map(({ both }) => `${file}: ${both}`);
    });
  expect(unknown).toEqual([]);
  expect(files.length).toBeGreaterThan(50);
});
