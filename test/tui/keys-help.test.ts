import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  desktop = new Desktop({ home: rig.home, columns: 80, rows: 24 });
  await desktop.shows(/healthy|degraded/);
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

it('the palette completes names, tells those that there are not, and does what is chosen', async () => {
  desktop.press(':', 'aud', 'tab');
  await desktop.shows(':audit');
  desktop.press('enter');
  await desktop.shows(/TIME +WHO +DID/);
  desktop.press(':', 'make coffee');
  await desktop.shows('There is no such command here.');
  desktop.press('enter');
  await desktop.shows('There is no command make coffee.');
  desktop.press('ctrl-u', 'reco', 'tab');
  await desktop.shows(/:reconnect$/m);
  await desktop.shows(/reconnect xapi +Try the connection xapi again now/);
  desktop.press(' x', 'enter');
  await desktop.shows('xapi is being tried again.');
  const rows = await new Operating(rig).audited('?action=component');
  expect(rows[0]).toMatchObject({ subject: 'xapi', outcome: 'ok' });
  desktop.press(':', 'xyz', 'backspace', 'backspace', 'backspace');
  await desktop.shows(/help +Show all that can be done here/);
  desktop.press('down', 'down', 'up', 'escape');
  await desktop.showsNot('Show all that can be done here');
});

it('help shows what can be done here, is searched by typing, and does it', async () => {
  desktop.press('5');
  await desktop.shows(/▸ test +active/);
  desktop.press('?');
  await desktop.shows('What can be done here: Keys');
  await desktop.shows(/ c +create key +Make a key for a program; it is shown once/);
  await desktop.shows(/Arrows, j k, PgUp PgDn, g G move/);
  expect(desktop.text).not.toContain('acknowledge');
  desktop.press('clipboard');
  await desktop.shows(/copy +Copy the line/);
  await desktop.showsNot('create key');
  desktop.press('ctrl-u', 'no such thing');
  await desktop.shows('Nothing that can be done here is called so.');
  desktop.press('ctrl-u', 'end this key', 'enter');
  await desktop.shows(/The key test \(\w+\) ends now and for ever/);
  desktop.press('escape');
  await desktop.showsNot('ends now and for ever');
  desktop.press('?');
  await desktop.shows('What can be done here');
  desktop.press('?');
  await desktop.showsNot('What can be done here');
});

it('what is offered at the foot, in help and in the palette is the same', async () => {
  for (const screen of ['2', '4', '6', '7', '9', '0', '1']) {
    desktop.press(screen);
    await desktop.shows(/\? help/);
    desktop.press('?');
    await desktop.shows(/What can be done here: \w+/);
    await desktop.shows(/ q +quit| Enter /);
    desktop.press('quit');
    await desktop.shows(/ q +quit +Leave the dashboard; the relay goes on/);
    desktop.press('escape');
    await desktop.showsNot('What can be done here');
  }
});

it('asks before Ctrl-C leaves, and in a form does what Esc does', async () => {
  desktop.press('5', 'ctrl-c');
  await desktop.shows('Leave the dashboard? The relay goes on.');
  desktop.press('n');
  await desktop.showsNot('Leave the dashboard?');
  desktop.press('c');
  await desktop.shows('new key');
  desktop.press('tab', 'right', ' ', 'ctrl-c');
  await desktop.shows('What was written is lost. Esc again leaves');
  desktop.press('ctrl-c');
  await desktop.showsNot('new key');
});

it('shows in the smallest terminal what is wrong and where one writes', async () => {
  desktop.resize(60, 18);
  desktop.press('5', 'c');
  await desktop.shows('new key');
  desktop.press(`${'long '.repeat(40)}END`);
  await desktop.shows(/Name +….*long END +│/);
  desktop.press('up', 'lots', 'enter');
  await desktop.shows('Requests a minute: a whole number');
  desktop.press('escape');
  await desktop.shows('What was written is lost.');
  desktop.press('escape');
  await desktop.showsNot('new key');
  desktop.press('/', `${'long '.repeat(40)}END`);
  await desktop.shows(/….*long END +0 of 1/);
  desktop.press('escape', ':', `${'long '.repeat(40)}END`);
  await desktop.shows(/:….*long END$/m);
  desktop.press('escape');
  desktop.resize(80, 24);
});

it('takes a password as it is, and says what it leaves out', async () => {
  const password = ` ${PASSWORD}\u200d\u{e000} `;
  const body = { name: 'odd', role: 'admin', password };
  expect((await new Operating(rig).ask('POST', '/admin/users', { body })).status).toBe(201);
  desktop.press(':', 'login', 'enter');
  await desktop.shows('The login is kept for 24 hours');
  desktop.press('odd', 'enter');
  desktop.paste('x'.repeat(1030));
  await desktop.shows('No more than 1024 characters fit');
  desktop.press('ctrl-u');
  await desktop.showsNot('No more than 1024');
  desktop.paste(`${password}\n`);
  await desktop.shows('Line breaks and other control characters are left out.');
  desktop.press('enter');
  await desktop.showsNot('The login is kept');
  await expect.poll(() => desktop.lines[0]).toMatch(/ odd\b/);
});
