import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  for (let key = 0; key < 30; key++) await rig.newKey({ name: `wallboard ${key}`, permissions: ['read'] });
  desktop = new Desktop({ home: rig.home, columns: 200, rows: 60 });
  await desktop.shows(/● up .*● up/);
});
afterAll(async () => {
  await desktop?.close();
  await rig.stop();
});

/** Nothing more comes; ages and figures are let pass. */
async function settles(): Promise<void> {
  let length = -1;
  while (length !== desktop.sent.length) {
    length = desktop.sent.length;
    await desktop.becomes(({ sent }) => sent.length > length, 300);
  }
}

/** It fills the terminal exactly, and nothing is there that would not be if everything were drawn anew. */
async function isDrawnRight({ isStill }: { isStill: boolean }): Promise<void> {
  await desktop.shows(/ \? help/);
  await settles();
  const before = desktop.lines;
  expect(before[0]).toContain('3cx-relay');
  expect(before[1]).toMatch(/^ 1 ?Ove.*Doc/);
  expect(before.at(-1)).toMatch(/^ \? help/);
  expect(desktop.hasBrokenLines).toBe(false);
  if (!isStill) return;
  const { length } = desktop.sent;
  desktop.press('ctrl-l');
  await desktop.becomes(({ sent }) => sent.length > length, 5000);
  await settles();
  expect(desktop.lines).toEqual(before);
}

const SIZES = [
  [80, 24],
  [120, 40],
  [60, 15],
  [300, 100],
  [60, 18],
  [120, 40],
] as const;

describe.each([
  ['Overview', '1', false],
  ['Keys', '5', true],
] as const)('%s', (_, key, isStill) => {
  it('is right in every size that it comes to', { timeout: 60_000 }, async () => {
    desktop.press(key);
    for (const [columns, rows] of SIZES) {
      desktop.resize(columns, rows);
      if (rows < 18) {
        await desktop.shows(`This needs 60x18, the terminal has ${columns}x${rows}.`);
        expect(desktop.lines.filter(line => line !== '')).toHaveLength(1);
      } else await isDrawnRight({ isStill });
    }
  });

  it('is right after a storm of sizes', async () => {
    desktop.press(key);
    for (let size = 0; size < 50; size++) {
      desktop.resize(40 + ((size * 67) % 200), 10 + ((size * 31) % 70));
      // As a hand drags it: not all of them in one moment.
      if (size % 5 === 0) await desktop.becomes(({ sent }) => sent.endsWith('\u001b[?2026l'), 30);
    }
    desktop.resize(120, 40);
    await isDrawnRight({ isStill });
    if (key === '5') await desktop.shows(/wallboard \d+ +active/);
  });
});
