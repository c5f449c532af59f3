import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { QUICK_SOURCE } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
let operating: Operating;
beforeAll(async () => {
  rig = await RelayRig.start({}, {}, { sourceLimits: QUICK_SOURCE });
  await rig.seesCalls();
  shell = new Shell(rig.home);
  operating = new Operating(rig);
});
afterAll(() => rig.stop());

const connection = async (name: string) =>
  (await operating.get('/admin/connections')).body.components.find(
    ({ component }: { component: string }) => component === name,
  );
const check = (...args: string[]) => shell.run(['check', ...args]);

it('is one line with figures, and the exit code of a plug-in', async () => {
  // Measured only with the first ping, or question.
  await expect.poll(async () => (await connection('xapi')).latencyMs).toEqual(expect.any(Number));
  const [xapi, journal, clients, disk, certificate, callcontrol] = await Promise.all(
    ['xapi', 'journal', 'clients', 'disk', 'certificate', 'callcontrol'].map(name => check(name)),
  );
  for (const outcome of [xapi, journal, clients, disk, certificate, callcontrol])
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: /^3CX-RELAY \w+ OK - .+\n$/ });
  expect(xapi?.stdout).toMatch(/ - up for .+ \| latency=\d+ms\n$/);
  expect(journal?.stdout).toMatch(/ entries, 0 MiB, on disk \| size=0MB head=\d+c\n$/);
  expect(clients?.stdout).toMatch(/ \| lag_max=0 connected=0 cut_as_slow=0c\n$/);
  expect(disk?.stdout).toMatch(/(\d+) MiB free \| free=\1MB\n$/);
  expect(callcontrol?.stdout).not.toContain('down');
});

it('holds figures against thresholds: at or above, and of disk at or below', async () => {
  const [warning, critical, fine, disk, plain] = await Promise.all([
    check('journal', '--warning', '0', '--critical', '1000'),
    check('journal', '-w', '0', '-c', '0'),
    check('clients', '--warning', '10'),
    check('disk', '--critical', '900000000'),
    check('disk', '--plain'),
  ]);
  expect([warning, critical, fine, disk].map(({ code }) => code)).toEqual([1, 2, 0, 2]);
  expect(warning.stdout).toMatch(/^3CX-RELAY JOURNAL WARNING .+ size=0MB;0;1000 head/);
  expect(disk.stdout).toMatch(/free=\d+MB;;900000000:\n$/);
  expect(plain.stdout).toMatch(/^disk\tok\t\d+ MiB free\n$/);
});

it('knows what is wrong by name, and the worst decides', async () => {
  const { conditions } = rig.daemon.health;
  // By a name of its own, since the daemon looks at its disk as well.
  conditions.raise('DISK_LOW', 'soon', 'test');
  conditions.raise('SLOW_CLIENTS', 'the CRM');
  conditions.raise('JOURNAL_FAULT', 'a page', 'test');
  conditions.raise('PBX_CERTIFICATE', 'expired', 'test');
  const [disk, clients, journal, certificate, all, prometheus] = await Promise.all([
    check('disk'),
    check('clients'),
    check('journal'),
    check('certificate', '--format', 'json'),
    check('all'),
    check('all', '--format', 'prometheus'),
  ]);
  expect(disk).toMatchObject({ code: 1, stdout: /WARNING - DISK_LOW: \d+ MiB free/ });
  expect(clients).toMatchObject({ code: 1, stdout: /WARNING - SLOW_CLIENTS: 0 connected/ });
  expect(journal).toMatchObject({ code: 1, stdout: /WARNING - JOURNAL_FAULT: / });
  const { data } = documentOf(certificate);
  expect(data).toMatchObject({ check: 'certificate', state: 'critical', exit: 2 });
  expect(certificate.code).toBe(2);
  expect(all.code).toBe(2);
  expect(all.stdout).toMatch(
    /^3CX-RELAY ALL CRITICAL - .*certificate PBX_CERTIFICATE.+; \d of 8 ok \| .+\n$/,
  );
  expect(prometheus.code).toBe(2);
  for (const line of prometheus.stdout.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) relay_check_\w+ .+|relay_check_\w+(\{check="\w+"\})? -?[\d.]+)$/);
  expect(prometheus.stdout).toContain('relay_check_state{check="disk"} 1\n');
  for (const code of ['DISK_LOW', 'PBX_CERTIFICATE'] as const) conditions.clear(code, 'test');
});

it('is unknown, with 3, when nobody can be asked, and wrong usage when that is wrong', async () => {
  const [away, prometheus, json, usage, typo] = await Promise.all([
    check('all', '--socket', '/nowhere/control.sock'),
    check('xapi', '--socket', '/nowhere/control.sock', '--format', 'prometheus'),
    check('xapi', '--socket', '/nowhere/control.sock', '--json'),
    check('status', '--warning', '1'),
    check('xapy'),
  ]);
  expect(away).toMatchObject({
    code: 3,
    stderr: '',
    stdout: /^3CX-RELAY ALL UNKNOWN - .+E_DAEMON_AWAY\)\n$/,
  });
  expect(prometheus).toMatchObject({ code: 3, stdout: /^relay_check_state\{check="xapi"\} 3$/m });
  expect(documentOf(json).data).toMatchObject({ state: 'unknown', exit: 3, checks: [] });
  expect(usage).toMatchObject({ code: 2, stdout: '', stderr: /measures nothing.*E_USAGE/ });
  expect(typo.code).toBe(2);
});

it('tells a phone system that is gone', async () => {
  await rig.simulator.stop();
  const current = async () => (await operating.get('/admin/conditions')).body.current;
  const codes = async () => (await current()).map(({ code }: { code: string }) => code);
  await expect.poll(codes, { timeout: 20_000 }).toContain('PBX_UNREACHABLE');
  await expect.poll(async () => (await operating.get('/admin/stats')).body.status).toBe('unhealthy');
  const [callcontrol, status, certificate] = await Promise.all([
    check('callcontrol'),
    check('status'),
    check('certificate'),
  ]);
  expect(callcontrol).toMatchObject({ code: 2, stdout: /CALLCONTROL CRITICAL - down for .+: / });
  expect(status).toMatchObject({ code: 2, stdout: /^3CX-RELAY STATUS CRITICAL - PBX_UN.+unhealthy, up / });
  expect(certificate).toMatchObject({ code: 3, stdout: /UNKNOWN - the phone system cannot be reached/ });
});
