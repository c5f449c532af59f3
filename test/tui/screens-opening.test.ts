import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const TITLES = [
  'Overview',
  'Calls',
  'Events',
  'Errors',
  'Keys',
  'Clients',
  'Users',
  'Audit',
  'Logs',
  'Doctor',
];
/** Words that only this screen has on it. */
const SIGNS = [
  /Call control .*XAPI/,
  /There is no call at this moment/,
  /TIME +SEQ +WHAT/,
  /Nothing has gone wrong/,
  /NAME +STATE +MAY/,
  /No program is connected/,
  /There are no users yet/,
  /TIME +WHO +DID/,
  /TIME +LEVEL +PART/,
  /RESULT +CHECK|Looking/,
];

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterEach(() => desktop.close());
afterAll(() => rig.stop());

async function opened(size: { columns?: number; rows?: number } = {}): Promise<void> {
  desktop = new Desktop({ home: rig.home, ...size });
  await desktop.shows(/healthy|degraded/);
}

/** The tab of the screen one is on stands out, and its body is there. */
async function isOn(place: number): Promise<void> {
  const title = TITLES[place] ?? '';
  await expect.poll(() => desktop.cellOf(title).isInverse).toBe(true);
  await desktop.shows(SIGNS[place] ?? '');
}

for (const size of [
  { columns: 120, rows: 40 },
  { columns: 80, rows: 24 },
]) {
  it(`opens each screen by its digit, by Tab and by its name, at ${size.columns}x${size.rows}`, async () => {
    await opened(size);
    for (const place of TITLES.keys()) {
      desktop.press(String((place + 1) % 10));
      await isOn(place);
      expect(desktop.line('? help')).not.toBe('');
      for (const line of desktop.lines) expect(line.length).toBeLessThanOrEqual(size.columns);
    }
    for (const place of TITLES.keys()) {
      desktop.press('tab');
      await isOn(place);
    }
    desktop.press('shift-tab');
    await isOn(8);
    for (const [place, title] of TITLES.entries()) {
      desktop.press(':', title.toLowerCase(), 'enter');
      await isOn(place);
    }
  });
}

it('says on each screen that it waits, before the daemon has answered', async () => {
  const home = mkdtempSync(join(tmpdir(), '3cx-relay-silent-'));
  writeFileSync(join(home, 'operator.token'), 'rop_00');
  const silent = await silentServer(join(home, 'control.sock'));
  try {
    desktop = new Desktop({ home, columns: 80, rows: 24 });
    for (const place of TITLES.keys()) {
      desktop.press(String((place + 1) % 10));
      await expect.poll(() => desktop.cellOf(TITLES[place] ?? '').isInverse).toBe(true);
      await desktop.shows(/[Ww]aiting for the daemon/);
    }
    expect(desktop.text).not.toMatch(/healthy|There is no|Nothing/);
    const leftAt = performance.now();
    desktop.press('q');
    expect((await desktop.end).exitCode).toBe(0);
    // Not only when all that was asked has run into its time limit.
    expect(performance.now() - leftAt).toBeLessThan(4000);
  } finally {
    silent.close();
    rmSync(home, { recursive: true, force: true });
  }
});

/** Takes connections and never answers: a daemon that is busy starting. */
async function silentServer(path: string): Promise<Server> {
  const server = createServer(socket => socket.on('error', () => {}));
  await new Promise<void>(resolve => server.listen(path, resolve));
  return server;
}

it('moves by lines, pages and to both ends, also with keys that come in one packet', async () => {
  for (let one = 0; one < 60; one++)
    rig.daemon.health.errors.note({ code: 'E_MANY', place: `place ${one}`, detail: `fault number ${one}` });
  await opened();
  desktop.press('4');
  await desktop.shows(/1-\d+\/60/);
  const here = (): string => /fault number (\d+)/.exec(desktop.line('▸'))?.[1] ?? '';
  const all = desktop.lines.flatMap(line => /E_MANY +fault number (\d+)/.exec(line)?.[1] ?? []);
  await expect.poll(here).toBe(all[0]);
  desktop.press('jjj');
  await expect.poll(here).toBe(all[3]);
  desktop.press('down', 'down', 'up', 'k');
  await expect.poll(here).toBe(all[3]);
  desktop.press('G');
  await desktop.shows(/\d+-60\/60/);
  const last = here();
  desktop.press('kkjj', 'pageup');
  await expect.poll(here).not.toBe(last);
  desktop.press('pagedown');
  await expect.poll(here).toBe(last);
  desktop.press('g');
  await expect.poll(here).toBe(all[0]);
  await desktop.shows(/ 1-\d+\/60/);
});

it('stands on an object, not on a line, and shows its details below and whole', async () => {
  await opened();
  desktop.press('4');
  await desktop.shows(/1-\d+\/60/);
  desktop.press('jj');
  await expect.poll(() => desktop.line('▸')).not.toContain(desktop.line('E_MANY'));
  const here = desktop.line('▸').replace(/^.*(fault number \d+).*$/, '$1');
  rig.daemon.health.errors.note({ code: 'E_NEWER', place: 'above', detail: 'comes on top' });
  await desktop.shows(/comes on top/);
  await expect.poll(() => desktop.line('▸')).toContain(here);
  await desktop.shows(/error +\d+ +E_MANY +/);
  await desktop.shows(/place +\S+ +place \d+/);
  desktop.press('enter');
  await desktop.shows(/Errors > \d+/);
  await desktop.shows(/seen +once, \d\d:\d\d:\d\d/);
  expect(desktop.text).not.toContain('E_NEWER');
  desktop.press('escape');
  await desktop.shows(/E_NEWER/);
  expect(desktop.line('▸')).toContain(here);
});
