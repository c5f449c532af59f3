import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
  const operating = new Operating(rig);
  await operating.login('anna', 'admin');
  await operating.login('vera', 'viewer');
});
afterAll(() => rig.stop());

const actionsOf = ({ rows }: { rows: { action: string }[] }) => rows.map(({ action }) => action);

it('what was done is shown in three ways, the newest first, and by pages', async () => {
  const all = await shell.json('audit');
  expect(actionsOf(all)).toEqual(['login.ok', 'user.create', 'login.ok', 'user.create', 'daemon.start']);
  expect(await shell.text('audit')).toMatch(
    /^ROW +TIME +WHO +DID +TO +ENDED\n5 +20\d\d-\d\d-\d\d [\d:]{8} +vera +login\.ok +- +ok\n4 +.* operator +user\.create +vera +ok\n/,
  );
  expect(await shell.text('audit', '--verbose')).toMatch(/MORE\n.*jti=\S+ role=viewer\n/);
  expect((await shell.text('audit', '--plain')).split('\n')[1]?.split('\t').slice(2)).toEqual([
    ...['operator', 'user.create', 'vera', 'ok'],
  ]);

  const first = await shell.run(['audit', '--limit', '2']);
  const [, cursor = ''] = /add --cursor (\d+)/.exec(first.stderr) ?? [];
  const { rows, nextCursor } = await shell.json('audit', '--limit', '2', '--cursor', cursor);
  expect([rows, nextCursor]).toEqual([all.rows.slice(2, 4), 2]);
  expect((await shell.json('audit', '--limit', '2', '--cursor', '2')).nextCursor).toBeNull();
});

it('it is narrowed by actor, action and time', async () => {
  expect(actionsOf(await shell.json('audit', '--actor', 'vera'))).toEqual(['login.ok']);
  expect(actionsOf(await shell.json('audit', '--action', 'user'))).toEqual(['user.create', 'user.create']);
  expect(actionsOf(await shell.json('audit', '--since', '1h'))).toHaveLength(5);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  expect(await shell.text('audit', '--since', tomorrow)).toBe('Nothing of that is written down.\n');
  for (const wrong of [
    ['--since', 'yesterday'],
    ['--limit', '5000'],
    ['--cursor', 'x'],
  ]) {
    expect([wrong, (await shell.run(['audit', ...wrong])).code]).toEqual([wrong, 2]);
  }
});

it('a viewer may read it and prove it', async () => {
  await shell.run(['login', '--name', 'vera', '--password-stdin'], { input: PASSWORD });
  expect((await shell.json('audit')).rows).not.toEqual([]);
  expect((await shell.json('audit', 'verify')).fault).toBeNull();
  await shell.text('logout');
});

it('the chain is followed, also against a head from elsewhere, and the row that was changed is named', async () => {
  const { sound } = await shell.json('audit', 'verify');
  const told = await shell.run(['audit', 'verify']);
  expect(told.stdout).toMatch(
    /^All \d+ rows are as they were written\.\nresult +as written\nrows +\d+\nhash +[0-9a-f]{64}\n/,
  );
  expect(told.stderr).toMatch(/Written down elsewhere/);
  const head = ['--count', String(sound.count), '--hash', sound.hash];
  expect((await shell.json('audit', 'verify', ...head)).fault).toBeNull();
  const foreign = await shell.run(['audit', 'verify', '--count', '2', '--hash', 'f'.repeat(64), '--json']);
  expect([foreign.code, documentOf(foreign).data.fault]).toMatchObject([8, { row: 2 }]);
  expect((await shell.run(['audit', 'verify', '--count', '2'])).code).toBe(2);
  expect((await shell.run(['audit', 'verify', '--count', '2', '--hash', 'x'])).code).toBe(2);

  const file = new Sqlite(join(rig.home, 'state.db'));
  file.exec("DROP TRIGGER audit_log_stays; UPDATE audit_log SET actor = 'mallory' WHERE id = 3");
  file.close();
  const broken = await shell.run(['audit', 'verify', '--json']);
  expect([broken.code, documentOf(broken).data]).toMatchObject([
    ...[8, { sound: { count: 2 }, fault: { row: 3, what: 'changed' } }],
  ]);
  const text = await shell.run(['audit', 'verify']);
  expect([text.code, text.stdout]).toEqual([8, expect.stringMatching(/^Row 3 is not as it was written\. /)]);
});

it('without a daemon there is nobody to ask', async () => {
  await rig.daemon.stop();
  expect((await shell.run(['audit'])).code).toBe(3);
  expect((await shell.run(['audit', 'verify'])).code).toBe(3);
});
