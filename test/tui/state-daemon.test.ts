import { spawnSync } from 'node:child_process';
import { chmodSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { viewerEnvironment } from '../cli/viewer.ts';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';
import { Shell } from './terminal-shell.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterEach(async () => {
  await desktop?.close();
});
afterAll(async () => {
  await rig.stop();
});

/** Rings at 101, and is over. */
async function call(name: string): Promise<void> {
  const ringing = async (): Promise<number> => (await rig.get('/relay/active-calls')).body.calls.length;
  rig.act({ do: 'dialIn', call: name, from: '+442079460101', did: '+442079460200', name });
  rig.act({ do: 'route', call: name, to: '101' });
  await expect.poll(ringing).toBe(1);
  rig.act({ do: 'hangUp', call: name, by: 'caller' });
  await expect.poll(ringing).toBe(0);
}

it('is there without a daemon, says what to do, counts down, and comes alive by itself', async () => {
  await rig.daemon.stop();
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/✖ daemon not reached, retry in \d+ s \(r now\) .*The daemon does not run/);
  expect(desktop.text).toContain("Start it: 'systemctl start 3cx-relay'");
  expect(desktop.text).toContain('waiting for the daemon');
  expect(desktop.lines.at(-1)).toContain('r try now');
  // What would change something cannot be done now.
  expect(desktop.lines.at(-1)).not.toContain('reconnect');
  for (const key of ['2', '4', '5', '9']) {
    desktop.press(key);
    await desktop.shows(/waiting for the daemon/i);
  }
  desktop.press('1');
  // It waits longer each time; not when it is told to try now.
  await desktop.shows(/retry in ([4-9]|1\d) s/);
  await rig.startDaemon();
  expect(desktop.text).toContain('daemon not reached');
  desktop.press('r');
  await expect.poll(() => desktop.text, { timeout: 2000 }).toMatch(/● up/);
  expect(desktop.text).not.toContain('daemon not reached');
});

it('keeps and greys what it knows when the daemon goes, and goes on where it was', {
  timeout: 60_000,
}, async () => {
  await rig.seesCalls();
  await rig.newKey({ name: 'wallboard', permissions: ['read'] });
  await rig.newKey({ name: 'crm', permissions: ['read'] });
  await call('before');
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/● up/);
  desktop.press('3');
  await desktop.shows(/call\.ended/);
  desktop.press('5');
  await desktop.shows(/wallboard/);
  desktop.press('/', 'wall', 'enter');
  await desktop.shows(/1 of 3/);
  const chosenBefore = desktop.line(/▸|wallboard/);
  expect(desktop.cellOf('wallboard').isDim).toBe(false);

  await rig.daemon.stop();
  await desktop.shows(/✖ daemon lost <?\d+ s ago, (retry in \d+ s \(r now\)|trying now)/);
  await expect.poll(() => desktop.cellOf('wallboard').isDim).toBe(true);
  expect(desktop.cellOf('healthy').isDim).toBe(true);
  expect(desktop.cellOf('daemon lost').isDim).toBe(false);
  // Nothing can be changed now.
  expect(desktop.lines.at(-1)).not.toMatch(/revoke|create|rotate/);
  await desktop.shows(/daemon lost [1-9]\d s ago/);
  expect(desktop.text).toContain('wallboard');

  await rig.startDaemon();
  await rig.seesCalls();
  await call('between');
  await desktop.showsNot('daemon lost');
  await desktop.shows(/wallboard/);
  await expect.poll(() => desktop.cellOf('wallboard').isDim).toBe(false);
  expect(desktop.line(/▸|wallboard/)).toBe(chosenBefore);
  expect(desktop.text).not.toContain('crm');

  desktop.press('3');
  const { head } = (await new Operating(rig).get('/admin/stats')).body.journal;
  await desktop.shows(new RegExp(`\\b${head}\\b`));
  const seqs = desktop.lines
    .map(line => /\d\d:\d\d:\d\d\s+(\d+)\s/.exec(line)?.[1])
    .filter(Boolean)
    .map(Number);
  expect(seqs.length).toBeGreaterThan(5);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, place) => (seqs[0] ?? 0) + place));
  expect(desktop.text).toContain('between');
});

it('says that a login has ended, and takes a new one', async () => {
  const operating = new Operating(rig);
  const environment = await viewerEnvironment(operating);
  const token = operating.operatorToken;
  // Nobody but root and the service may read it; here root is everybody.
  unlinkSync(join(rig.home, 'operator.token'));
  desktop = new Desktop({ home: rig.home, environment });
  await desktop.shows(/vera viewer RO/);
  const { body } = await operating.get('/admin/users', { token });
  const vera = body.users.find(({ name }: { name: string }) => name === 'vera');
  const changed = await operating.ask('PATCH', `/admin/users/${vera.id}`, {
    token,
    body: { password: `${PASSWORD} 2` },
  });
  expect(changed.status).toBe(200);
  await desktop.shows(/daemon lost .*\n.*:login logs you in again/);
  desktop.press(':', 'login', 'enter');
  await desktop.shows(/Password/);
  desktop.press('vera', 'enter');
  desktop.press(PASSWORD, 'enter');
  await desktop.shows('E_LOGIN_FAILED');
  desktop.press('ctrl-u', `${PASSWORD} 2`, 'enter');
  await desktop.showsNot(/daemon lost/);
  await desktop.shows(/vera viewer RO/);
  expect(desktop.text).not.toContain(PASSWORD);
  await desktop.close();
  await rig.daemon.stop();
  await rig.startDaemon();
});

const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const isRoot = process.getuid?.() === 0;
const canBeNobody = !isRoot || spawnSync('setpriv', [...asNobody, 'true']).status === 0;

it.skipIf(!canBeNobody)('leaves at once where the socket may not be opened, and says so below', async () => {
  // Built by who may: nobody could not.
  spawnSync(launcher, ['--version']);
  const shell = new Shell(rig.home);
  chmodSync(join(rig.home, 'control.sock'), 0);
  shell.open('dashboard', isRoot ? `setpriv ${asNobody.join(' ')}` : '');
  await shell.isOursAgain(4);
  expect(shell.text).toMatch(/You may not open .*\(E_SOCKET_DENIED\)/s);
  expect(shell.text).toContain('usermod -aG 3cxrelay');
  await shell.close();
});
