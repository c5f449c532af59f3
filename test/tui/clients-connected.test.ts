import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
const sockets: RelaySocket[] = [];
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
  desktop.press('6');
});
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await desktop.close();
  await rig.stop();
});

async function connected(name: string): Promise<RelaySocket> {
  const key = await rig.newKey({ name, permissions: ['read'] });
  const socket = rig.connect('', { authorization: `Bearer ${key}` });
  sockets.push(socket);
  await expect.poll(() => socket.of('hello').length).toBe(1);
  return socket;
}

/** More than a connection takes up whose program does not read. */
async function muchAtOnce(): Promise<void> {
  const body = JSON.stringify({ bytes: 1_000_000 });
  for (let one = 0; one < 16; one++)
    await fetch(`${rig.simulator.addresses.controlUrl}/break/hugeFrame`, { method: 'POST', body });
}

it('shows who is connected, what each gets, and who is behind', async () => {
  await desktop.shows('No program is connected.');
  await connected('wallboard');
  await desktop.shows(/▸ wallboard +127\.0\.0\.1 +websocket +0 +live +/);
  await expect.poll(() => desktop.lines[0]).toContain('1 client ');
  const crm = await connected('crm');
  await expect.poll(() => desktop.lines[0]).toContain('2 clients');
  crm.socket.pause();
  await muchAtOnce();
  await desktop.shows(/crm +127\.0\.0\.1 +websocket +[1-9]\d* +(live|journal)/);
  await desktop.shows(/wallboard +127\.0\.0\.1 +websocket +\d+ +live +[1-9][\d.]* [KM]iB\/s/);
  await desktop.shows(/behind +[1-9]\d* entr(y|ies), .* not taken yet/);
  desktop.press('1');
  await desktop.shows(/Slowest client: crm at 127\.0\.0\.1, [1-9]\d* behind/);
  crm.socket.resume();
  desktop.press('6');
  await desktop.shows(/crm +127\.0\.0\.1 +websocket +0 +live/);
});

it('sends one away when that is confirmed, and only that one', async () => {
  desktop.press('/', 'key:crm', 'enter');
  await desktop.shows('key:crm 1 of 2');
  desktop.press('x');
  await desktop.shows(/Close the connection of crm from 127\.0\.0\.1\?/);
  desktop.press('escape');
  await desktop.showsNot('Close the connection');
  const [wallboard, crm] = sockets;
  expect(crm?.closeCode).toBe(0);
  desktop.press('x');
  await desktop.shows(/Close the connection of crm/);
  desktop.press('y');
  await desktop.shows('The connection of crm is closed.');
  await expect.poll(() => crm?.closeCode).toBe(1001);
  expect(wallboard?.closeCode).toBe(0);
  await desktop.shows('None of 1 fits the filter key:crm');
  desktop.press('escape');
  await desktop.shows(/▸ wallboard/);
  const [row] = await new Operating(rig).audited('?action=client.close');
  expect(row).toMatchObject({ outcome: 'ok', actor: 'operator' });
});
