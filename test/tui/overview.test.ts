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
  await desktop.shows(/● up .*● up /);
  expect(desktop.isOnAlternateScreen).toBe(true);
  expect(desktop.lines).toHaveLength(40);
  for (const line of desktop.lines) expect(line.length).toBeLessThanOrEqual(120);
  desktop.press('q');
  expect((await desktop.end).exitCode).toBe(0);
  expect(desktop.isOnAlternateScreen).toBe(false);
});

it('names the screen one is on also where there is no colour', async () => {
  await desktop.close();
  desktop = new Desktop({ home: rig.home, columns: 80, rows: 24, environment: { NO_COLOR: '1' } });
  await desktop.shows(/▸1Overview 2Calls/);
  desktop.press('2');
  await desktop.shows(/ 1Overview▸2Calls/);
});

it('says in 80x24 what is wrong with call control, and what to do, before it draws curves', async () => {
  await desktop.close();
  rig.simulator.pbx.knobs.turn({ callControlEnabled: false });
  await rig.simulator.breakIt('cutSockets');
  desktop = new Desktop({ home: rig.home, columns: 80, rows: 24 });
  await desktop.shows(/◐ degraded|✖ down/);
  await desktop.shows(/error +Call control is forbidden \(403\)/);
  await desktop.shows(/do +In 3CX: look at the licence/);
});
