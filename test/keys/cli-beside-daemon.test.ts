import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysCli, type Office, openOffice } from './kit.ts';

/** The CLI works on the same file as a running daemon, which must notice within a second. */
const SOON = { timeout: 1000, interval: 20 };
let daemon: Office;

beforeEach(() => {
  daemon = openOffice();
});
afterEach(async () => {
  expect(daemon.faults).toEqual([]);
  await daemon.close();
});

const cli = (...args: string[]) => keysCli(daemon.home, ...args, '--json');

describe('beside a running daemon', () => {
  it('a key that the CLI creates works at once', async () => {
    const { data } = await cli('create', '--name', 'crm', '--permission', 'read');
    expect(await daemon.keys.verify(data.key)).toMatchObject({ keyId: data.id, name: 'crm' });
  });

  it('a key that the CLI revokes is told to open connections within a second, and refused', async () => {
    const { key, record } = await daemon.keys.create({ name: 'crm', permissions: ['read'] }, 'test');
    await daemon.keys.verify(key);
    const gone: string[] = [];
    daemon.keys.onRevoked(id => gone.push(id));
    const { code } = await cli('revoke', record.id, '--yes');
    expect(code).toBe(0);
    await expect.poll(() => gone, SOON).toEqual([record.id]);
    await expect(daemon.keys.verify(key)).rejects.toMatchObject({ code: 'E_KEY_EXPIRED' });
  });

  it('a key that the CLI rotates without overlap ends, and its follower works', async () => {
    const { key, record } = await daemon.keys.create({ name: 'crm', permissions: ['read'] }, 'test');
    const gone: string[] = [];
    daemon.keys.onRevoked(id => gone.push(id));
    const { data } = await cli('rotate', record.id, '--overlap', '0s');
    await expect.poll(() => gone, SOON).toEqual([record.id]);
    expect(await daemon.keys.verify(data.key)).toMatchObject({ keyId: data.id });
    await expect(daemon.keys.verify(key)).rejects.toMatchObject({ code: 'E_KEY_EXPIRED' });
  });

  it('a key that vanishes from the file, as by a restored backup, ends too', async () => {
    const { record } = await daemon.keys.create({ name: 'crm', permissions: ['read'] }, 'test');
    const gone: string[] = [];
    daemon.keys.onRevoked(id => gone.push(id));
    const other = openOffice(daemon.home);
    other.database.exec('DELETE FROM api_keys');
    other.database.close();
    await expect.poll(() => gone, SOON).toEqual([record.id]);
  });

  it('a key that the daemon makes is seen by the CLI, with its last use once that is written', async () => {
    const { key, record } = await daemon.keys.create({ name: 'crm', permissions: ['read'] }, 'test');
    await daemon.keys.verify(key);
    daemon.keys.stop();
    const { data } = await cli('list');
    expect(data.keys).toMatchObject([
      { id: record.id, lastUsedAt: new Date(daemon.clock.now()).toISOString() },
    ]);
  });

  it('the CLI does not wait for a file that is being written, and says so', async () => {
    daemon.database.exec('BEGIN IMMEDIATE');
    const { code, stderr } = await cli('create', '--name', 'crm', '--permission', 'read');
    daemon.database.exec('ROLLBACK');
    expect({ code, error: JSON.parse(stderr).error }).toMatchObject({
      code: 6,
      error: { code: 'E_UNAVAILABLE', hint: expect.stringContaining('Try again') },
    });
  });
});
