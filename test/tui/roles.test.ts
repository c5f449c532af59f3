import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { viewerEnvironment } from '../cli/viewer.ts';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

/** Keys and names of all that changes something, by screen. */
const CHANGES = [
  ['4', 'a', 'acknowledge'],
  ['4', 'A', 'acknowledge all'],
  ['5', 'c', 'create key'],
  ['5', 't', 'rotate key'],
  ['5', 'x', 'revoke key'],
  ['6', 'x', 'disconnect client'],
  ['7', 'c', 'add user'],
  ['7', 'o', 'change role'],
  ['7', 'p', 'set password'],
  ['7', 'd', 'disable or enable'],
  ['7', 'x', 'remove user'],
  ['1', 'r', 'reconnect'],
] as const;

let rig: RelayRig;
let operating: Operating;
let viewer: Record<string, string>;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  viewer = await viewerEnvironment(operating);
  await operating.login('anna', 'admin');
  rig.daemon.health.errors.note({ code: 'E_TEST', place: 'here', detail: 'a fault' });
  const socket = rig.connect();
  await new Promise(resolve => socket.socket.once('message', resolve));
});
afterEach(() => desktop.close());
afterAll(() => rig.stop());

/** All that could be seen of a change at the daemon. */
async function state(): Promise<string> {
  const rows = await operating.audited();
  const lists = ['/admin/api-keys', '/admin/users', '/admin/errors', '/admin/clients'].map(
    async path => (await operating.get(path)).body,
  );
  const [keys, users, errors, clients] = await Promise.all(lists);
  const clientIds = clients.clients.map(({ id }: { id: string }) => id);
  return JSON.stringify([rows.map(({ id }) => id), keys, users, errors, clientIds]);
}

for (const { who, args, sign } of [
  { who: 'a viewer', args: ['dashboard'], sign: /vera viewer RO$/ },
  { who: '--readonly', args: ['dashboard', '--readonly'], sign: /operator RO$/ },
]) {
  it(`${who} sees everything and is offered nothing that changes it`, async () => {
    const environment = who === 'a viewer' ? viewer : {};
    desktop = new Desktop({ home: rig.home, args, environment });
    await expect.poll(() => desktop.lines[0]).toMatch(sign);
    const before = await state();
    for (const [screen, key, name] of CHANGES) {
      desktop.press(screen);
      await desktop.shows(/\? help/);
      const foot = (): string => desktop.lines.at(-1) ?? '';
      expect(foot()).not.toMatch(/acknowledge|create|rotate|revoke|disconnect|add|role|remove|reconnect/);
      desktop.press('?');
      await desktop.shows(/What can be done here: .*nothing can be changed/);
      desktop.press(name);
      await desktop.shows(`Search: ${name}`);
      expect(desktop.text).not.toMatch(new RegExp(`^ {2}(\\S+ +)?${name}`, 'm'));
      desktop.press('escape');
      await desktop.showsNot('What can be done here');
      desktop.press(':', name);
      await desktop.shows(`:${name}`);
      expect(desktop.text).not.toMatch(new RegExp(`^ *${name}`, 'm'));
      desktop.press('escape');
      await desktop.showsNot(`:${name}`);
      desktop.press(key);
      // What comes after the key tells that it was heard: nothing was opened by it.
      desktop.press('?');
      await desktop.shows('What can be done here');
      await expect.poll(foot).toMatch(/\w+ > help $|\w+ > help$/);
      desktop.press('escape');
      await desktop.showsNot('What can be done here');
    }
    expect(await state()).toBe(before);
  });
}

it('a viewer who logs in as an admin may change things at once', async () => {
  const environment = await viewerEnvironment(operating);
  desktop = new Desktop({ home: rig.home, environment });
  await expect.poll(() => desktop.lines[0]).toMatch(/vera viewer RO$/);
  desktop.press(':login', 'enter');
  await desktop.shows('The login is kept for 24 hours');
  desktop.press('anna', 'enter', 'wrong password', 'enter');
  await desktop.shows('E_LOGIN_FAILED');
  expect(desktop.text).not.toContain('wrong password');
  desktop.press('ctrl-u', PASSWORD, 'enter');
  await desktop.shows(/ anna$/m);
  desktop.press('4');
  await desktop.shows(/a acknowledge/);
  desktop.press('a');
  await desktop.shows('Acknowledged: ');
  const [row] = await operating.audited('?action=error');
  expect(row).toMatchObject({ actor: 'anna', via: 'login', outcome: 'ok' });
  expect(desktop.sent).not.toContain(PASSWORD);
});
