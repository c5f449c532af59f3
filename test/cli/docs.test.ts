import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONTRACTS } from '../../src/cli/contracts/index.ts';
import { COMMANDS } from '../../src/cli/table.ts';
import { commandPage } from './docs/command-page.ts';
import { errorPage } from './docs/error-page.ts';
import { examples } from './docs/examples.ts';
import { jsonPage } from './docs/json-page.ts';

/** Pages made from what the program itself is made from: `UPDATE_DOCS=1 vitest run test/cli/docs.test.ts`. */
const FOLDER = join(import.meta.dirname, '../../docs');

it.each([
  ['cli.md', commandPage],
  ['cli-json.md', jsonPage],
  ['errors.md', errorPage],
])('docs/%s says what the program says', (name, made) => {
  const file = join(FOLDER, name);
  if (process.env['UPDATE_DOCS']) writeFileSync(file, made());
  else expect(readFileSync(file, 'utf8')).toBe(made());
});

const schemas = COMMANDS.flatMap(({ command }) => command.json?.schema ?? []);

it('every command with --json has a contract, and every contract a command', () => {
  // A line of status --watch beside those of status itself.
  const known = [...schemas, 'status-away/1'];
  expect(Object.keys(CONTRACTS).toSorted()).toEqual(known.toSorted());
  const without = COMMANDS.filter(({ command }) => command.json === undefined);
  expect(without.map(({ command }) => command.name)).toEqual(['daemon', 'demo']);
});

it('every example is as its contract says, and shows no secret and no whole number', () => {
  const shown = examples();
  expect(Object.keys(shown).toSorted()).toEqual(schemas.toSorted());
  for (const [schema, example] of Object.entries(shown)) {
    expect(CONTRACTS[schema]?.parse(example), schema).toEqual(example);
  }
  expect(JSON.stringify(shown)).not.toMatch(/rk_\w|"password":"[^…]|\+\d{6}/);
});
