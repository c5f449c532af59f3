import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
});
afterAll(() => rig.stop());

it('who is connected is shown in three ways, and can be sent away', async () => {
  expect(await shell.text('clients')).toBe('No program is connected now.\n');
  const socket = rig.connect();
  await expect.poll(() => socket.of('hello').length).toBe(1);
  const { clients } = await shell.json('clients');
  expect(clients).toMatchObject([{ kind: 'websocket', keyName: 'test', address: '127.0.0.1', lag: 0 }]);
  const { id, keyId } = clients[0];
  expect(await shell.text('clients')).toMatch(
    new RegExp(`^ID .*BEHIND .*\\n${id} +test +${keyId} +127\\.0\\.0\\.1 +websocket `),
  );
  expect((await shell.text('clients', '--plain')).split('\t').slice(0, 3)).toEqual([id, 'test', keyId]);

  const unasked = await shell.run(['clients', 'disconnect', id]);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  const dry = await shell.run(['clients', 'disconnect', id, '--dry-run', '--json']);
  expect([dry.code, documentOf(dry).data]).toMatchObject([8, { dryRun: true, wouldChange: true, id }]);
  expect(socket.closeCode).toBe(0);

  expect(await shell.json('clients', 'disconnect', id, '--yes')).toEqual({ id });
  await expect.poll(() => socket.closeCode).toBe(1001);
  const again = await shell.run(['clients', 'disconnect', id, '--yes']);
  expect([again.code, again.stderr]).toEqual([5, expect.stringMatching(/no client .*'3cx-relay clients'/)]);
});

it('a viewer may look and not send away; without a daemon there is nobody to ask', async () => {
  await new Operating(rig).login('vera', 'viewer');
  await shell.run(['login', '--name', 'vera', '--password-stdin'], { input: PASSWORD });
  const socket = rig.connect();
  await expect.poll(() => socket.of('hello').length).toBe(1);
  const { clients } = await shell.json('clients');
  for (const more of [['--yes'], ['--dry-run']]) {
    expect((await shell.run(['clients', 'disconnect', clients[0].id, ...more])).code).toBe(4);
  }
  expect(socket.closeCode).toBe(0);
  socket.close();
  await rig.daemon.stop();
  expect((await shell.run(['clients'])).code).toBe(3);
  expect((await shell.run(['clients', 'disconnect', '1', '--yes'])).code).toBe(3);
});
