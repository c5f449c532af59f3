import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keysCli, openOffice } from './kit.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'relay-keys-cli-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const cli = (...args: string[]) => keysCli(home, ...args);

describe('3cx-relay keys', () => {
  it('creates a key, shows it once, lists it, and ends it', async () => {
    const { code, data, stdout } = await cli(
      ...[
        'create',
        '--name',
        'wallboard',
        '--permission',
        'read',
        '--permission',
        'metrics',
        '--extension',
        '101',
      ],
      ...['--queue', '900', '--network', '10.0.0.0/8', '--expires-in', '90d', '--rate', '60', '--json'],
    );
    expect({ code, schema: JSON.parse(stdout).schema }).toEqual({
      code: 0,
      schema: '3cx-relay/keys-create/1',
    });
    expect(data).toMatchObject({
      name: 'wallboard',
      permissions: ['read', 'metrics'],
      extensions: ['101'],
      queues: ['900'],
      networks: ['10.0.0.0/8'],
      ratePerMinute: 60,
      state: 'active',
    });
    expect(data.key).toMatch(new RegExp(`^rk_${data.id}_[0-9a-f]{64}_[0-9a-f]{8}$`));
    expect((Date.parse(data.expiresAt) - Date.parse(data.createdAt)) / 86_400_000).toBeCloseTo(90, 3);
    expect(statSync(join(home, 'state.db')).mode & 0o777).toBe(0o600);

    const listed = await cli('list', '--json');
    const { key, ...known } = data;
    expect(listed.data).toEqual({ keys: [known] });
    expect((await cli('list')).stdout).toMatch(
      new RegExp(`ID +NAME .*\\n${data.id} +wallboard +active +read,metrics +101,900,10\\.0\\.0\\.0/8`),
    );

    expect((await cli('revoke', data.id, '--yes', '--json')).data).toMatchObject({
      id: data.id,
      state: 'revoked',
    });
    expect((await cli('list')).stdout).toContain('revoked');
  });

  it('keeps the key out of everything but stdout', async () => {
    const { code, stdout, stderr } = await cli('create', '--name', 'crm', '--permission', 'read');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^key +rk_[0-9a-f]{8}_[0-9a-f]{64}_[0-9a-f]{8}$/m);
    expect(stderr).toMatch(/shown only now/);
    expect(stderr).not.toContain('rk_');
  });

  it('rotates: both keys work until the overlap ends', async () => {
    const { data: old } = await cli('create', '--name', 'crm', '--permission', 'read', '--json');
    const { data: next } = await cli('rotate', old.id, '--overlap', '1h', '--json');
    expect(next).toMatchObject({ name: 'crm', rotatedFrom: old.id, state: 'active' });
    const office = openOffice(home);
    expect((await office.keys.verify(old.key)).keyId).toBe(old.id);
    expect((await office.keys.verify(next.key)).keyId).toBe(next.id);
    office.clock.step(3_600_000);
    await expect(office.keys.verify(old.key)).rejects.toMatchObject({ code: 'E_KEY_EXPIRED' });
    await office.close();
  });

  it('says in JSON what went wrong when JSON was asked for', async () => {
    const { code, stdout, stderr } = await cli('list', '--json');
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'E_NOT_FOUND',
        message: expect.any(String),
        hint: expect.stringContaining(join(home, 'state.db')),
      },
    });
  });

  it('works from the bundle as well', async () => {
    const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
    const args = ['keys', 'create', '--name', 'bundle', '--permission', 'read', '--json'];
    const { stdout } = await promisify(execFile)(launcher, args, {
      env: { ...process.env, RELAY_HOME: home },
    });
    const { data } = JSON.parse(stdout);
    const office = openOffice(home);
    expect(await office.keys.verify(data.key)).toMatchObject({ name: 'bundle' });
    await office.close();
  });
});

describe('3cx-relay keys, asked for what cannot be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-keys-wrong-'));
  let id: string;

  beforeAll(async () => {
    id = (await keysCli(folder, 'create', '--name', 'there', '--permission', 'read', '--json')).data.id;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['nothing', [], 2, /create, list, revoke, rotate, usage/],
    ['an unknown verb', ['make'], 2, /make/],
    ['no name', ['create', '--permission', 'read'], 2, /name/],
    [
      'a wrong permission',
      ['create', '--name', 'x', '--permission', 'admin'],
      2,
      /one of "read", "write", "metrics"/,
    ],
    [
      'a term without a unit',
      ['create', '--name', 'x', '--permission', 'read', '--expires-in', '90'],
      2,
      /--expires-in is "90".*90d/s,
    ],
    ['a key to revoke without --yes and nobody to ask', ['revoke', 'EXISTING'], 2, /add --yes/],
    ['a key that is not there', ['revoke', '00000000', '--yes'], 5, /no key 00000000; '3cx-relay keys list'/],
  ])('(%s) says what to do', async (_, args, code, text) => {
    const outcome = await keysCli(folder, ...args.map(arg => (arg === 'EXISTING' ? id : arg)));
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(text) });
  });

  it('changes nothing', async () => {
    expect((await keysCli(folder, 'list', '--json')).data.keys).toMatchObject([{ id, state: 'active' }]);
  });
});
