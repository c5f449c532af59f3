import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterAll(async () => {
  await desktop?.close();
  await rig.stop();
});

it('shows how everything is', async () => {
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/Call control.*XAPI.*Database/);
  await desktop.shows(/● up .*● up .*● up/);
  expect(desktop.isOnAlternateScreen).toBe(true);
  expect(desktop.lines).toHaveLength(40);
  for (const line of desktop.lines) expect(line.length).toBeLessThanOrEqual(120);
  desktop.press('q');
  expect((await desktop.end).exitCode).toBe(0);
  expect(desktop.isOnAlternateScreen).toBe(false);
});
