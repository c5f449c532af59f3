import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Resvg } from '@resvg/resvg-js';
import { afterAll, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../scripts/pictures/pictures.ts');
const folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('takes a picture of the dashboard', async () => {
  const args = ['--only', 'keys', '--size', '80x24', '--seconds', '1', '--out', folder, '--png', folder];
  await promisify(execFile)(process.execPath, [script, ...args], { timeout: 100_000 });

  const svg = readFileSync(join(folder, 'keys-80x24.svg'), 'utf8');
  // It throws for what is no picture.
  const { width, height } = new Resvg(svg);
  expect([width, height]).toEqual([80 * 9 + 24, 24 * 19 + 24]);

  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"[^>]*>([^<]*)</g)];
  const words = texts.map(([, , , , text]) => text).join(' ');
  for (const word of ['3cx-relay', 'Keys', 'NAME', 'wallboard', 'prometheus', 'revoked', 'help'])
    expect(words).toContain(word);
  // The keys themselves are in no picture.
  expect(words).not.toContain('rk_');
  for (const [all, x, y, length] of texts) {
    expect(Number(x) + Number(length), all).toBeLessThanOrEqual(width);
    expect(Number(y), all).toBeLessThanOrEqual(height);
  }

  const png = readFileSync(join(folder, 'keys-80x24.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
}, 120_000);
