import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveKey } from '../../src/cli/run/keys/key-proof.ts';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, type Outcome, Shell } from './kit.ts';

const WOULD_CHANGE = 8;
const KEY = /rk_[0-9a-f]{8}_[0-9a-f]{64}_[0-9a-f]{8}/;
const ORDER = ['keys', 'create', '--name', 'crm', '--permission', 'read'];

let rig: RelayRig;
let operating: Operating;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  operating = new Operating(rig);
  shell = new Shell(rig.home);
});
afterAll(() => rig.stop());

async function statusWith(key: string): Promise<number> {
  return (await rig.get('/relay/me', { authorization: `Bearer ${key}` })).status;
}

function errorOf({ code, stderr }: Outcome): [number | null, string] {
  return [code, JSON.parse(stderr).error.code];
}

describe('with a daemon', () => {
  it('a key is made by it, so that the audit log knows who; it works, is used, rotated and ended', async () => {
    const made = await shell.json(...ORDER, '--queue', '900', '--expires-in', '90d');
    expect(made).toMatchObject({
      name: 'crm',
      permissions: ['read'],
      queues: ['900'],
      createdBy: 'operator',
    });
    expect(made.key).toMatch(KEY);
    expect(await statusWith(made.key)).toBe(200);
    const [row] = await operating.audited('?action=key');
    expect(row).toMatchObject({ action: 'key.create', subject: made.id, via: 'operator-token' });
    expect(row.detail.claimedUser).toMatch(/./);

    const { keys } = await shell.json('keys', 'list');
    expect(keys.map(({ name }: { name: string }) => name)).toEqual(['test', 'crm']);
    expect(await shell.text('keys', 'list')).toMatch(
      new RegExp(
        `^ID +NAME .*\\n[0-9a-f]{8} +test .*\\n${made.id} +crm +active +read +900 +20\\d\\d-\\d\\d-\\d\\d +20`,
      ),
    );

    expect((await shell.json('keys', 'usage', made.id)).keys).toMatchObject([
      { id: made.id, name: 'crm', requests: 1, refused: 0, routes: [{ route: '/relay/me', status: 200 }] },
    ]);
    expect(await shell.text('keys', 'usage', made.id)).toMatch(/^ROUTE .*\n\/relay\/me +200 +1 /);
    expect(await shell.text('keys', 'usage', '--since', '1h')).toMatch(
      new RegExp(`^ID .*LAST\\n(.*\\n)?${made.id} +crm +1 +0 `),
    );
    expect((await shell.run(['keys', 'usage', '00000000'])).code).toBe(5);
    expect((await shell.run(['keys', 'usage', '--since', 'long ago'])).code).toBe(2);

    const next = await shell.json('keys', 'rotate', made.id, '--overlap', '1h');
    expect(next).toMatchObject({ rotatedFrom: made.id, queues: ['900'] });
    expect([await statusWith(made.key), await statusWith(next.key)]).toEqual([200, 200]);

    const unasked = await shell.run(['keys', 'revoke', next.id]);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(await shell.json('keys', 'revoke', next.id, '--yes')).toMatchObject({ state: 'revoked' });
    expect(await statusWith(next.key)).toBe(401);
    expect(errorOf(await shell.run(['keys', 'rotate', next.id, '--json']))).toEqual([1, 'E_CONFLICT']);
  });

  it('the key goes into a new file and nowhere else', async () => {
    const file = join(rig.home, 'crm.key');
    const outcome = await shell.run([...ORDER, '--output', file, '--json']);
    const { data } = documentOf(outcome);
    const key = readFileSync(file, 'utf8').trim();
    expect(data).toMatchObject({ keyFile: file });
    expect([statSync(file).mode & 0o777, await statusWith(key)]).toEqual([0o600, 200]);
    const logs = JSON.stringify([outcome, rig.logged, await operating.audited()]);
    expect(logs.includes(key.split('_')[2] ?? '')).toBe(false);

    const before = await shell.json('keys', 'list');
    for (const more of [[], ['--dry-run']]) {
      const again = await shell.run([...ORDER, '--output', file, '--json', ...more]);
      expect(errorOf(again)).toEqual([1, 'E_FILE']);
    }
    const unmade = join(rig.home, 'unmade.key');
    expect((await shell.run(['keys', 'rotate', '00000000', '--output', unmade])).code).toBe(5);
    expect(existsSync(unmade)).toBe(false);
    expect(await shell.json('keys', 'list')).toEqual(before);
    expect(await shell.text('keys', 'rotate', data.id, '--output', unmade)).not.toMatch(KEY);
    expect(readFileSync(unmade, 'utf8')).toMatch(KEY);
  });

  it('a new key is proven: as a program would use it, and by the public name', async () => {
    const told = await shell.text(...ORDER, '--test');
    expect(told).toMatch(/TRIED +RESULT +FOUND\nGET http:\/\/127\.0\.0\.1:\d+\/relay\/health +ok +/);
    expect(told).toMatch(
      /\/relay\/me +ok +the relay knows the key [0-9a-f]{8}\nws:.*\/relay\/ws +ok +hello came\n/,
    );
    const { proof } = await shell.json(
      ...[
        'keys',
        'create',
        '--name',
        'far',
        '--permission',
        'metrics',
        '--network',
        '192.0.2.0/24',
        '--test',
      ],
    );
    expect(proof.map(({ result }: { result: string }) => result)).toEqual(['ok', 'skipped', 'skipped']);

    const made = await rig.daemon.keys.create({ name: 'crm', permissions: ['read'] }, 'test');
    const { relayUrl } = rig.daemon;
    const outside = await proveKey(made, { relayUrl, publicUrl: 'https://127.0.0.1:1' });
    expect(outside.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'warning']);
    expect(outside.at(-1)?.found).toMatch(/ECONNREFUSED|bad port/);
    rig.daemon.keys.revoke(made.record.id);
    const dead = await proveKey(made, { relayUrl, publicUrl: null });
    expect(dead.map(({ result }) => result)).toEqual(['ok', 'fail', 'fail']);
  });

  it('a dry run changes nothing, and refuses what would be refused', async () => {
    const before = await shell.json('keys', 'list');
    const { id } = before.keys.findLast(({ state }: { state: string }) => state === 'active');
    const { id: ended } = before.keys.find(({ state }: { state: string }) => state === 'revoked');
    const cases = [
      { args: ['create', '--name', 'x', '--permission', 'read'], code: WOULD_CHANGE },
      { args: ['rotate', id], code: WOULD_CHANGE },
      { args: ['revoke', id], code: WOULD_CHANGE },
      { args: ['revoke', ended], code: 0 },
      { args: ['create', '--name', 'x', '--permission', 'admin'], code: 2 },
      { args: ['create', '--name', 'x', '--permission', 'read', '--network', 'here'], code: 2 },
      { args: ['rotate', ended], code: 1 },
      { args: ['rotate', id, '--overlap', '31d'], code: 2 },
      { args: ['revoke', '00000000'], code: 5 },
    ];
    const tried = cases.map(async ({ args, code }) => {
      const outcome = await shell.run(['keys', ...args, '--dry-run', '--json']);
      expect([args, outcome.code]).toEqual([args, code]);
      if (outcome.stdout !== '') expect(documentOf(outcome).data).toMatchObject({ dryRun: true });
    });
    await Promise.all(tried);
    expect(await shell.json('keys', 'list')).toEqual(before);
  });

  it('a viewer may look and not change', async () => {
    await operating.login('vera', 'viewer');
    await shell.run(['login', '--name', 'vera', '--password-stdin'], { input: PASSWORD });
    const { keys } = await shell.json('keys', 'list');
    expect((await shell.run(['keys', 'usage'])).code).toBe(0);
    for (const args of [ORDER, [...ORDER, '--dry-run'], ['keys', 'revoke', keys[0].id, '--yes']]) {
      const outcome = await shell.run([...args, '--json']);
      expect([args, errorOf(outcome)]).toEqual([args, [4, 'E_FORBIDDEN']]);
      expect(JSON.parse(outcome.stderr).error.message).toBe('This is not allowed');
    }
    await shell.text('logout');
  });
});

describe('without a daemon', () => {
  beforeAll(() => rig.daemon.stop());

  it('keys are made in the state file, which is said; only what needs the daemon is refused', async () => {
    const made = await shell.run([...ORDER, '--json']);
    const { id, key, createdBy } = documentOf(made).data;
    expect(createdBy).toMatch(/^cli:/);
    const listed = await shell.run(['keys', 'list']);
    expect([listed.code, listed.stdout, listed.stderr]).toEqual([
      ...[
        0,
        expect.stringContaining(id),
        expect.stringMatching(/^No daemon runs here: .*state\.db says\.$/m),
      ],
    ]);
    for (const args of [
      [...ORDER, '--test'],
      ['keys', 'usage'],
      ['keys', 'list', '--socket', join(rig.home, 'control.sock')],
    ]) {
      expect([args, errorOf(await shell.run([...args, '--json']))]).toEqual([args, [3, 'E_DAEMON_AWAY']]);
    }
    await rig.startDaemon();
    expect(await statusWith(key)).toBe(200);
    const rows = await operating.audited('?action=key.create&limit=1');
    expect(rows).toMatchObject([{ subject: id, via: 'cli', actor: createdBy, source: 'state-file' }]);
    expect((await operating.get('/admin/audit/verify')).body.fault).toBeNull();
  });
});
