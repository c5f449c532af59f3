import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { Shell } from './kit.ts';

const home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
const shell = new Shell(home);

afterAll(() => rmSync(home, { recursive: true, force: true }));

it('tells what runs, to people and to scripts', async () => {
  expect(await shell.text('info')).toMatch(new RegExp(`^version +${manifest.version}$`, 'm'));
  expect(await shell.json('info')).toMatchObject({ version: manifest.version });
});
