import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
let calls = 0;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

/** A whole call, each step of it heard by the relay; its name tells it from all others. */
async function call(dn: string): Promise<string> {
  calls += 1;
  const name = `Caller ${calls}`;
  const stateOf = async (): Promise<string | undefined> =>
    (await rig.get('/relay/active-calls')).body.calls.find(
      (one: { from: { name: string } }) => one.from.name === name,
    )?.state;
  rig.act({ do: 'dialIn', call: name, from: `+44207946010${calls % 10}`, name, did: '+442079460200' });
  rig.act({ do: 'route', call: name, to: dn });
  await expect.poll(stateOf).toBe('ringing');
  rig.act({ do: 'answer', call: name, dn });
  await expect.poll(stateOf).toBe('connected');
  rig.act({ do: 'hangUp', call: name, by: 'caller' });
  await expect.poll(stateOf).toBe(undefined);
  return name;
}

it('has what the log had before it was opened', async () => {
  const before = await call('101');
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
  desktop.press('3');
  await desktop.shows(new RegExp(`call\\.started.*${before}`));
  await desktop.shows(new RegExp(`call\\.ended.*${before}.*ended`));
});

it('follows what comes, stands still when it is paused, and says how much waits', async () => {
  const first = await call('102');
  await desktop.shows(new RegExp(`call\\.ended.*${first}`));
  desktop.press(' ');
  await desktop.shows(/PAUSED 0 waiting/);
  const paused = desktop.line('Space');
  expect(paused).toContain('Space go on');
  const whileAway = await call('103');
  await desktop.shows(/PAUSED [1-9]\d* waiting/);
  expect(desktop.text).not.toContain(whileAway);
  desktop.press(' ');
  await desktop.shows(new RegExp(`call\\.ended.*${whileAway}`));
  expect(desktop.text).not.toContain('PAUSED');
});

it('leaves the end when somebody moves up, and follows again from the end', async () => {
  const placeOf = (): string => /^▸ \S+ +(\d+)/m.exec(desktop.text)?.[1] ?? '';
  const newest = placeOf();
  desktop.press('kkk');
  await expect.poll(placeOf).toBe(String(Number(newest) - 3));
  const other = await call('101');
  desktop.press('3');
  await desktop.shows(/\d+-\d+\/\d+/);
  await expect.poll(placeOf).toBe(String(Number(newest) - 3));
  desktop.press('G');
  await desktop.shows(new RegExp(`call\\.ended.*${other}`));
  const followed = await call('102');
  await desktop.shows(new RegExp(`call\\.ended.*${followed}`));
  expect(desktop.lines.findLastIndex(line => /^ *\d\d:\d\d:\d\d|^▸/.test(line))).toBe(
    desktop.lines.findIndex(line => line.startsWith('▸')),
  );
});

it('is filtered by type and by extension', async () => {
  const mine = await call('104');
  desktop.press('/', 'type:call dn:104', 'enter');
  await desktop.shows(/type:call dn:104 \d+ of \d+/);
  await desktop.shows(new RegExp(`call\\.ended.*${mine}`));
  await desktop.showsNot(/Caller 1 /);
  desktop.press('/', 'ctrl-u', 'type:call_event dn:104', 'enter');
  await desktop.shows(/removed \/callcontrol\/104\/participants/);
  expect(desktop.text).not.toMatch(/callcontrol\/101/);
});

it('shows one raw, by Enter', async () => {
  desktop.press('enter');
  await desktop.shows(/Events > \d+/);
  await desktop.shows(/received +\d\d:\d\d:\d\d +20\d\d-\d\d-\d\dT/);
  await desktop.shows(/"event_type": \d/);
  await desktop.shows(/"entity": "\/callcontrol\/104/);
  desktop.press('escape');
  await desktop.shows(/TIME +SEQ +WHAT/);
  desktop.press('escape');
  await desktop.shows(/Caller/);
});

it('shows of what is too large only that it is', async () => {
  const { pbx } = rig.simulator;
  const name = 'x'.repeat(20_000);
  expect(pbx.perform({ do: 'dialIn', call: 'huge', from: '+442079460101', name, did: '+442079460200' })).toBe(
    true,
  );
  rig.act({ do: 'route', call: 'huge', to: '105' });
  const body = JSON.stringify({ bytes: 100_000 });
  await fetch(`${rig.simulator.addresses.controlUrl}/break/hugeFrame`, { method: 'POST', body });
  await desktop.shows(/call_event +100\d\d\d characters are too many to be shown/);
  rig.act({ do: 'hangUp', call: 'huge', by: 'caller' });
});

it('makes a gap stand out, and says what it means', async () => {
  await fetch(`${rig.simulator.addresses.controlUrl}/break/cutSockets`, { method: 'POST', body: '{}' });
  await desktop.shows(/GAP +.*\d\d:\d\d:\d\d to \d\d:\d\d:\d\d not heard/);
  desktop.press('/', 'type:gap', 'enter');
  await desktop.shows(/▸.*GAP/);
  desktop.press('enter');
  await desktop.shows(/Events > \d+/);
  await desktop.shows(/The phone system was not heard from 20.* to 20.*: what happened then may be missing/s);
  expect(desktop.text).not.toContain('undefined');
});
