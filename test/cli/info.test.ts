import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { RelayRig } from '../relay/relay-rig.ts';
import { Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
});
afterAll(() => rig.stop());

it('tells what runs and where everything lies, to people and to scripts', async () => {
  const text = await shell.text('info');
  expect(text).toMatch(new RegExp(`^version +${manifest.version}$`, 'm'));
  expect(text).toMatch(new RegExp(`^daemon +${manifest.version}, pid ${process.pid}, since \\d{4}-`, 'm'));
  expect(text).toMatch(/^sqlite +3\.\d+\.\d+$/m);
  expect(text).toMatch(new RegExp(`^journal +${rig.home}/journal\\.db$`, 'm'));
  const info = await shell.json('info');
  expect(info).toMatchObject({
    version: manifest.version,
    daemon: { runs: true, why: null, version: manifest.version, isOtherVersion: false, pid: process.pid },
    paths: {
      config: join(rig.home, 'relay.env'),
      socket: join(rig.home, 'control.sock'),
      logins: join(rig.home, 'xdg-state', '3cx-relay', 'logins.json'),
    },
  });
});

it('works where no daemon runs, and where the usual folders are not there', async () => {
  const nowhere = new Shell(join(rig.home, 'nowhere'));
  expect(await nowhere.text('info')).toMatch(/^daemon +does not run$/m);
  const { daemon } = await nowhere.json('info');
  expect(daemon).toMatchObject({ runs: false, version: null, why: expect.stringContaining('control.sock') });
  const { code, stdout } = await shell.run(['info', '--json'], { environment: { RELAY_HOME: '' } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).data.paths.config).toBe('/etc/3cx-relay/relay.env');
});
