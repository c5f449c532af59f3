import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { variables } from '../src/daemon/config/config-schema.ts';

it('tells of every variable in docs/configuration.md, in the words of the error messages', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8');
  for (const [name, schema] of Object.entries(variables.shape)) {
    const line = text.split('\n').find(row => row.startsWith(`| \`${name}\` |`));
    expect(line, name).toContain(schema.description?.replaceAll('"', ''));
  }
});
