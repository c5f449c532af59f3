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

/** What is there is what would be there if everything were drawn anew, and it fills the terminal exactly. */
async function isDrawnRight(): Promise<void> {
  await expect.poll(() => desktop.lines[0]).toContain('3cx-relay');
  await expect.poll(() => desktop.lines.at(-1)).toMatch(/^ \? help/);
  await expect
    .poll(async () => {
      const before = desktop.text;
      const sentBefore = desktop.sent.length;
      desktop.press('ctrl-l');
      // All of it, as it is now.
      await desktop.becomes(
        ({ sent }) => sent.length > sentBefore + before.replaceAll(/\s+/g, ' ').length,
        5000,
      );
      return desktop.text === before;
    })
    .toBe(true);
  expect(desktop.hasBrokenLines).toBe(false);
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
  ['Overview', '1'],
  ['Keys', '5'],
])('%s', (_, key) => {
  it('is right in every size that it comes to', { timeout: 60_000 }, async () => {
    desktop.press(key);
    for (const [columns, rows] of SIZES) {
      desktop.resize(columns, rows);
      if (rows < 18) {
        await desktop.shows(`This needs 60x18, the terminal has ${columns}x${rows}.`);
        expect(desktop.lines.filter(line => line !== '')).toHaveLength(1);
      } else await isDrawnRight();
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
    await isDrawnRight();
    if (key === '5') await desktop.shows(/wallboard \d+ +active/);
  });
});
