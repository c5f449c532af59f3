import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { readSchema } from './schema-text.ts';
import { isSuspect, lookThrough, suspect } from './soundness.ts';

const IN_TIME_MS = 30_000;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-soundness-'));
  file = join(folder, 'journal.db');
  openDatabase({ path: file, part: 'journal', schema: readSchema() }).close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function damage(): void {
  const bytes = readFileSync(file);
  bytes.fill(0xff, 4096);
  writeFileSync(file, bytes);
}

it('a file that is whole is no longer suspect', async () => {
  suspect(file);
  expect(await lookThrough(file, IN_TIME_MS)).toEqual({ fault: null, late: null });
  expect(isSuspect(file)).toBe(false);
});

it('damage is told, and stays suspected until it is mended', async () => {
  damage();
  expect((await lookThrough(file, IN_TIME_MS)).fault).toMatch(/\S/);
  expect(isSuspect(file)).toBe(true);
});

it('a start does not wait for what takes too long: it comes out later', async () => {
  damage();
  const { fault, late } = await lookThrough(file, 0);
  expect(fault).toBeNull();
  expect(await late).toMatch(/\S/);
  expect(isSuspect(file)).toBe(true);
});

it.skipIf(process.getuid?.() === 0)('what may not be read is not called damaged', async () => {
  chmodSync(file, 0);
  expect(await lookThrough(file, IN_TIME_MS)).toEqual({ fault: null, late: null });
  expect(isSuspect(file)).toBe(false);
});

it('a file that is not there has nothing wrong', async () => {
  expect(await lookThrough(join(folder, 'none.db'), IN_TIME_MS)).toEqual({ fault: null, late: null });
});
