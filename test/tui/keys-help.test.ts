import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
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
