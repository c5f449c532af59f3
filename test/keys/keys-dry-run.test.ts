import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysCli, openOffice } from './kit.ts';

const WOULD_CHANGE = 8;
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'relay-keys-dry-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const cli = (...args: string[]) => keysCli(home, ...args);

/** Makes a key as a daemon would that has ended since. */
async function create(): Promise<{ id: string; key: string }> {
  const { keys, hasher, database } = openOffice(home);
  const { key, record } = await keys.create({ name: 'crm', permissions: ['read'] }, 'test');
  keys.stop();
  await hasher.stop();
  database.close();
  return { id: record.id, key };
}

/** Every file of the folder with its content. */
function everything(): string[] {
  return readdirSync(home).map(name => `${name} ${readFileSync(join(home, name)).toString('base64')}`);
}

describe('3cx-relay keys --dry-run', () => {
  it('says which key would be made, and not even begins a state file', async () => {
    const order = [
      'create',
      '--name',
      'wall',
      '--permission',
      'read',
      '--queue',
      '900',
      '--expires-in',
      '90d',
    ];
    const { code, data, stdout, stderr } = await cli(...order, '--dry-run', '--json');
    expect({ code, stderr }).toEqual({ code: WOULD_CHANGE, stderr: '' });
    expect(JSON.parse(stdout).schema).toBe('3cx-relay/keys-create/1');
    expect(data).toMatchObject({
      ...{ dryRun: true, wouldChange: true, name: 'wall', permissions: ['read'], queues: ['900'] },
      state: 'active',
    });
    expect(Object.keys(data)).not.toEqual(expect.arrayContaining(['key']));
    expect(Object.keys(data)).not.toEqual(expect.arrayContaining(['id']));
    expect((Date.parse(data.expiresAt) - Date.parse(data.createdAt)) / 86_400_000).toBeCloseTo(90, 3);

    const told = await cli(...order, '--dry-run');
    expect(told.code).toBe(WOULD_CHANGE);
    expect(told.stdout).toMatch(/would be made/);
    expect(told.stdout).toMatch(/^name +wall$/m);
    expect(told.stdout).toMatch(/^only +900$/m);
    expect(told.stdout).not.toContain('rk_');
    expect(existsSync(join(home, 'state.db'))).toBe(false);
    expect(readdirSync(home)).toEqual([]);
  });

  it('says what rotating would do, and changes nothing', async () => {
    const old = await create();
    const before = everything();
    const { code, data, stdout } = await cli('rotate', old.id, '--overlap', '2h', '--dry-run', '--json');
    expect({ code, schema: JSON.parse(stdout).schema }).toEqual({
      code: WOULD_CHANGE,
      schema: '3cx-relay/keys-rotate/1',
    });
    expect(data).toMatchObject({ dryRun: true, wouldChange: true, name: 'crm', rotatedFrom: old.id });
    expect(data.key).toBeUndefined();
    expect((Date.parse(data.oldKeyEndsAt) - Date.now()) / 3_600_000).toBeCloseTo(2, 1);
    const told = await cli('rotate', old.id, '--dry-run');
    expect(told).toMatchObject({ code: WOULD_CHANGE, stdout: expect.stringContaining(old.id) });
    expect(everything()).toEqual(before);
    const office = openOffice(home);
    expect((await office.keys.verify(old.key)).keyId).toBe(old.id);
    await office.close();
  });

  it('says what revoking would do, asks nobody, and changes nothing', async () => {
    const { id } = await create();
    const before = everything();
    const { code, data } = await cli('revoke', id, '--dry-run', '--json');
    expect({ code, data }).toMatchObject({
      code: WOULD_CHANGE,
      data: { dryRun: true, wouldChange: true, id, name: 'crm', state: 'revoked' },
    });
    const told = await cli('revoke', id, '--dry-run');
    expect(told).toMatchObject({ code: WOULD_CHANGE, stdout: expect.stringMatching(/would be revoked/) });
    expect(everything()).toEqual(before);
  });

  it('says so when nothing would change', async () => {
    const { id } = await create();
    await cli('revoke', id, '--yes');
    const { code, data } = await cli('revoke', id, '--dry-run', '--json');
    expect({ code, data }).toMatchObject({ code: 0, data: { dryRun: true, wouldChange: false, id } });
    expect(await cli('revoke', id, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing would change/i),
    });
  });

  it('leaves alone what a daemon has open, and sees what that has written', async () => {
    const daemon = openOffice(home);
    const { record } = await daemon.keys.create({ name: 'live', permissions: ['read'] }, 'test');
    const { code, data } = await cli('revoke', record.id, '--dry-run', '--json');
    expect({ code, name: data.name }).toEqual({ code: WOULD_CHANGE, name: 'live' });
    expect(daemon.keys.list().map(key => key.revokedAt)).toEqual([null]);
    expect(daemon.faults).toEqual([]);
    await daemon.close();
  });

  it('leaves nothing behind in the folder for temporary files', async () => {
    const { id } = await create();
    const own = mkdtempSync(join(tmpdir(), 'relay-keys-temporary-'));
    const { TMPDIR } = process.env;
    process.env['TMPDIR'] = own;
    try {
      expect((await cli('rotate', id, '--dry-run')).code).toBe(WOULD_CHANGE);
      expect((await cli('rotate', '00000000', '--dry-run')).code).toBe(5);
      expect(readdirSync(own)).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
      rmSync(own, { recursive: true });
    }
  });

  it.each([
    ['a wrong permission', ['create', '--name', 'x', '--permission', 'admin'], 2],
    ['a key that is not there', ['revoke', '00000000'], 5],
    ['a term without a unit', ['create', '--name', 'x', '--permission', 'read', '--expires-in', '90'], 2],
  ])('refuses %s as it would without', async (_, args, code) => {
    await create();
    const dry = await cli(...args, '--dry-run');
    const real = await cli(...args, ...(args[0] === 'revoke' ? ['--yes'] : []));
    expect(dry).toEqual(real);
    expect(dry).toMatchObject({ code, stdout: '' });
  });
});
