import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const OTHER = 'staple battery horse';

let rig: RelayRig;
let operating: Operating;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
  desktop.press('7');
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

async function canLogIn(name: string, password: string): Promise<boolean> {
  const { status } = await operating.ask('POST', '/admin/login', { token: null, body: { name, password } });
  return status === 200;
}

it('adds a user, and says what is wrong with what was written', async () => {
  await desktop.shows('There are no users yet: only root steers the relay.');
  await desktop.shows('Press c to make the first.');
  desktop.press('c');
  await desktop.shows('new user');
  desktop.press('anna', 'enter', 'right', 'enter', 'short', 'enter', 'other', 'enter');
  await desktop.shows('The two passwords are not the same.');
  desktop.press('ctrl-u', 'short', 'enter');
  await desktop.shows(/12 characters.*E_BAD_REQUEST/s);
  expect(desktop.text).not.toContain('short');
  desktop.press('ctrl-u', PASSWORD, 'up', 'ctrl-u', PASSWORD, 'down', 'enter');
  await desktop.shows('The user anna is made.');
  await desktop.shows(/▸ anna +admin +active +never/);
  expect(desktop.sent).not.toContain(PASSWORD);
  expect(await canLogIn('anna', PASSWORD)).toBe(true);
  await desktop.shows(/▸ anna +admin +active +\d\d:\d\d/);
});

it('never takes the last admin away, and says why', async () => {
  desktop.press('o');
  await desktop.shows(/Which role for anna\?/);
  desktop.press('j', 'enter');
  await desktop.shows(/last admin who can log in.*E_CONFLICT/s);
  desktop.press('d');
  await desktop.shows('Lock anna out? All logins of the user end now.');
  desktop.press('y');
  await desktop.shows(/last admin who can log in/);
  desktop.press('x');
  await desktop.shows('The user anna is removed for ever');
  desktop.press('anna', 'enter');
  await desktop.shows(/last admin who can log in/);
  expect(await canLogIn('anna', PASSWORD)).toBe(true);
});

it('changes role and password, locks out, lets in and removes', async () => {
  await operating.login('bert', 'viewer');
  await desktop.shows(/bert +viewer +active/);
  desktop.press('j');
  await desktop.shows(/▸ bert/);
  desktop.press('o');
  await desktop.shows(/Which role for bert\?/);
  desktop.press('1');
  await desktop.shows('bert is admin now.');
  await desktop.shows(/▸ bert +admin/);
  desktop.press('p');
  await desktop.shows(/Another password for bert/);
  desktop.press(OTHER, 'enter', OTHER, 'enter');
  await desktop.shows('The password of bert is changed.');
  expect([await canLogIn('bert', PASSWORD), await canLogIn('bert', OTHER)]).toEqual([false, true]);
  desktop.press('d');
  await desktop.shows('Lock bert out?');
  desktop.press('y');
  await desktop.shows(/▸ bert +admin +disabled/);
  expect(await canLogIn('bert', OTHER)).toBe(false);
  desktop.press('d');
  await desktop.shows('Let bert in again?');
  desktop.press('y');
  await desktop.shows('bert may log in again.');
  await desktop.shows(/▸ bert +admin +active/);
  expect(await canLogIn('bert', OTHER)).toBe(true);
  desktop.press('x');
  await desktop.shows('Type bert and press Enter');
  desktop.press('anna', 'enter');
  await desktop.shows('That is not bert: nothing was done.');
  desktop.press('ctrl-u', 'bert', 'enter');
  await desktop.shows('The user bert is removed.');
  await desktop.showsNot(/bert +admin +active/);
  const { users } = (await operating.get('/admin/users')).body;
  expect(users.map(({ name }: { name: string }) => name)).toEqual(['anna']);
});

it('all of it stands in the audit log, which can be proven', async () => {
  desktop.press('8');
  await desktop.shows(/operator +user\.remove +bert +ok/);
  await desktop.shows(/operator +user\.change +bert +ok/);
  await desktop.shows(/operator +user\.change +anna +refused/);
  await desktop.shows(/operator +user\.create +anna +ok/);
  await desktop.shows(/bert +login\.ok/);
  desktop.press('v');
  await desktop.shows(/All \d+ rows are as they were written\./);
  desktop.press('/', 'action:user outcome:refused', 'enter');
  await desktop.shows(/outcome:refused [34] of \d+/);
  desktop.press('enter');
  await desktop.shows(/hash +[0-9a-f]{64}/);
  expect(desktop.text).not.toContain(PASSWORD);
});
