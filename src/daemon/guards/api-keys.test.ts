import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Office, openOffice } from '../../../test/keys/kit.ts';
import { AppError } from '../../shared/errors.ts';
import { makeKey } from './key-text.ts';
import { KeyTable } from './keys/key-table.ts';

const MINUTE = 60_000;
let office: Office;

beforeEach(() => {
  office = openOffice();
});
afterEach(() => office.close());

const create = (order: object = {}) =>
  office.keys.create({ name: 'crm', permissions: ['read'], ...order }, 'test');
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'fine',
    error => error.code,
  );

describe('a new key', () => {
  it('is given once, stored as bcrypt of cost 10, and verified', async () => {
    const { key, record } = await create({
      permissions: ['write', 'read', 'read'],
      queues: ['900'],
      ratePerMinute: 60,
    });
    expect(record).toMatchObject({
      name: 'crm',
      permissions: ['read', 'write'],
      queues: ['900'],
      createdBy: 'test',
      lastUsedAt: null,
    });
    expect(JSON.stringify(office.keys.list())).not.toContain(key.slice(12, 76));
    const file = office.database.serialize().toString('latin1');
    expect(file).toContain(record.id);
    expect(file).not.toContain(key.slice(12, 76));
    expect(office.database.prepare('SELECT hash FROM api_keys').pluck().get()).toMatch(/^\$2[aby]\$10\$/);
    const principal = await office.keys.verify(key);
    expect(principal).toMatchObject({
      keyId: record.id,
      name: 'crm',
      permissions: ['read', 'write'],
      extensions: null,
      ratePerMinute: 60,
    });
    expect(principal.onlyDns).toEqual(new Set(['900']));
  });

  it('without a rate gets the configured one', async () => {
    const { key, record } = await create();
    expect(record.ratePerMinute).toBeNull();
    expect(await office.keys.verify(key)).toMatchObject({ ratePerMinute: 300 });
  });

  it.each([
    ['no name', { name: ' ' }, /name: a name is needed/],
    ['no permission', { permissions: [] }, /permissions: at least one of read, write, metrics/],
    ['a permission that does not exist', { permissions: ['admin'] }, /permissions\.0: one of read/],
    ['an extension with a comma', { extensions: ['101,102'] }, /extensions\.0: an extension or queue is/],
    ['an empty restriction', { queues: [] }, /queues: leave it out/],
    ['no network', { networks: ['10.0.0.0/33'] }, /networks\.0: a network is like/],
    ['no rate', { ratePerMinute: 0 }, /ratePerMinute/],
    ['an end in the past', { expiresAt: 1 }, /expiresAt: lies in the past/],
    ['an unknown field', { colour: 'red' }, /colour/],
  ])('with %s is refused', async (_, order, text) => {
    await expect(create(order)).rejects.toMatchObject({
      code: 'E_BAD_REQUEST',
      detail: expect.stringMatching(text),
    });
    expect(office.keys.list()).toEqual([]);
  });
});

it('a key whose making cannot be witnessed is not made, nor takes it over from another', async () => {
  const old = await create();
  const seen: string[] = [];
  const refuse = (id: string): never => {
    seen.push(id);
    throw new Error('not written down');
  };
  const order = { name: 'crm', permissions: ['read' as const] };
  await expect(office.keys.create(order, 'test', refuse)).rejects.toThrow('not written down');
  const rotating = office.keys.rotate(old.record.id, { createdBy: 'test', overlapMs: 0, witness: refuse });
  await expect(rotating).rejects.toThrow('not written down');
  expect(office.keys.list()).toEqual([old.record]);
  const { record } = await office.keys.create(order, 'test', id => seen.push(id));
  expect(seen[2]).toBe(record.id);
  expect(await codeOf(office.keys.verify(old.key))).toBe('fine');
});

describe('verifying', () => {
  it('costs one bcrypt for 2,000 who come at once with the same key, and none for a minute after', async () => {
    const { key } = await create();
    const compare = vi.spyOn(office.hasher, 'compare');
    const principals = await Promise.all(Array.from({ length: 2000 }, () => office.keys.verify(key)));
    expect(new Set(principals).size).toBe(1);
    expect(compare).toHaveBeenCalledTimes(1);
    office.clock.step(MINUTE - 1);
    await office.keys.verify(key);
    expect(compare).toHaveBeenCalledTimes(1);
    office.clock.step(1);
    await office.keys.verify(key);
    expect(compare).toHaveBeenCalledTimes(2);
  });

  it('knows at once, for a minute, who was verified, and nobody else', async () => {
    const { key, record } = await create();
    expect(office.keys.known(key)).toBe(null);
    await office.keys.verify(key);
    expect(office.keys.known(key)).toMatchObject({ keyId: record.id });
    expect(office.keys.cacheCounts).toMatchObject({ hits: 1, misses: 1 });
    expect(office.keys.known(`${key} `)).toBe(null);
    office.clock.step(MINUTE);
    expect(office.keys.known(key)).toBe(null);
    await office.keys.verify(key);
    office.keys.revoke(record.id);
    expect(office.keys.known(key)).toBe(null);
  });

  it('refuses made-up keys without bcrypt', async () => {
    const compare = vi.spyOn(office.hasher, 'compare');
    for (const text of ['', 'x', 'rk_', makeKey('other').text]) {
      await expect(office.keys.verify(text)).rejects.toMatchObject({ code: 'E_KEY_INVALID' });
    }
    expect(compare).not.toHaveBeenCalled();
  });

  it('does the same work for an unknown id as for a wrong secret, gives the same answer, and remembers it for 5 s', async () => {
    const { record } = await create();
    const secret = new KeyTable(office.database).checkSecret();
    const unknown = makeKey(secret).text;
    office.database.prepare('UPDATE api_keys SET id = ? WHERE id = ?').run(unknown.slice(3, 11), record.id);
    const wrong = makeKey(secret).text;
    const compare = vi.spyOn(office.hasher, 'compare');
    const answers = await Promise.all(
      [unknown, wrong].map(text => office.keys.verify(text).catch(error => error)),
    );
    expect(answers[0]).toMatchObject({ code: 'E_KEY_INVALID', detail: answers[1].detail });
    expect(compare).toHaveBeenCalledTimes(2);
    for (const [, hash] of compare.mock.calls) expect(hash).toMatch(/^\$2[aby]\$10\$.{53}$/);
    await codeOf(office.keys.verify(wrong));
    expect(compare).toHaveBeenCalledTimes(2);
    office.clock.step(5000);
    await codeOf(office.keys.verify(wrong));
    expect(compare).toHaveBeenCalledTimes(3);
  });

  it('remembers no text of a key, and not more than 1,000', async () => {
    const secret = new KeyTable(office.database).checkSecret();
    const compare = vi.spyOn(office.hasher, 'compare').mockResolvedValue(false);
    const texts = Array.from({ length: 1001 }, () => makeKey(secret).text);
    for (const text of texts) await codeOf(office.keys.verify(text));
    compare.mockClear();
    await codeOf(office.keys.verify(texts[1000] ?? ''));
    await codeOf(office.keys.verify(texts[1] ?? ''));
    expect(compare).not.toHaveBeenCalled();
    await codeOf(office.keys.verify(texts[0] ?? ''));
    expect(compare).toHaveBeenCalledTimes(1);
  });

  it('passes on that too many are being checked, and asks anew the next time', async () => {
    const { key } = await create();
    const busy = new AppError('E_UNAVAILABLE', { detail: 'busy', retryAfterSeconds: 2 });
    const compare = vi.spyOn(office.hasher, 'compare').mockRejectedValueOnce(busy);
    const both = await Promise.all([codeOf(office.keys.verify(key)), codeOf(office.keys.verify(key))]);
    expect(both).toEqual(['E_UNAVAILABLE', 'E_UNAVAILABLE']);
    expect(await codeOf(office.keys.verify(key))).toBe('fine');
    expect(compare).toHaveBeenCalledTimes(2);
  });
});

describe('revoking', () => {
  it('ends the key at once, tells who listens, and leaves other keys remembered', async () => {
    const [first, second] = [await create(), await create()];
    const gone: string[] = [];
    const off = office.keys.onRevoked(id => gone.push(id));
    await Promise.all([office.keys.verify(first.key), office.keys.verify(second.key)]);
    const compare = vi.spyOn(office.hasher, 'compare');
    expect(office.keys.revoke(first.record.id).revokedAt).toBe(office.clock.now());
    expect(gone).toEqual([first.record.id]);
    expect(() => office.keys.principal(first.record.id)).toThrow(
      expect.objectContaining({ code: 'E_KEY_EXPIRED' }),
    );
    expect(await codeOf(office.keys.verify(second.key))).toBe('fine');
    expect(compare).not.toHaveBeenCalled();
    expect(await codeOf(office.keys.verify(first.key))).toBe('E_KEY_EXPIRED');
    office.keys.revoke(first.record.id);
    expect(gone).toHaveLength(1);
    off();
    office.keys.revoke(second.record.id);
    expect(gone).toHaveLength(1);
  });

  it('while bcrypt is at work lets nobody in', async () => {
    const { key, record } = await create();
    const underway = codeOf(office.keys.verify(key));
    office.keys.revoke(record.id);
    expect(await underway).toBe('E_KEY_EXPIRED');
  });

  it('of what does not exist says so', () => {
    expect(() => office.keys.revoke('nobody')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });

  it('goes on when a listener fails', async () => {
    const { record } = await create();
    const gone: string[] = [];
    office.keys.onRevoked(() => {
      throw new Error('no');
    });
    office.keys.onRevoked(id => gone.push(id));
    office.keys.revoke(record.id);
    expect(gone).toEqual([record.id]);
    expect(office.faults).toEqual([new Error('no')]);
  });
});

describe('expiry', () => {
  it('ends the key to the millisecond and closes live streams within a second', async () => {
    const { key, record } = await create({ expiresAt: office.clock.now() + MINUTE });
    const gone: string[] = [];
    office.keys.onRevoked(id => gone.push(id));
    office.clock.step(MINUTE - 1);
    expect(await codeOf(office.keys.verify(key))).toBe('fine');
    expect(gone).toEqual([]);
    office.clock.step(1);
    expect(await codeOf(office.keys.verify(key))).toBe('E_KEY_EXPIRED');
    await expect.poll(() => gone, { timeout: 1000 }).toEqual([record.id]);
  });
});

describe('rotating', () => {
  it('gives a new key with the same rights; the old one lives for the overlap', async () => {
    const old = await create({ queues: ['900'], expiresAt: office.clock.now() + 90 * MINUTE });
    office.clock.step(MINUTE);
    const next = await office.keys.rotate(old.record.id, { createdBy: 'test', overlapMs: 10 * MINUTE });
    expect(next.record).toMatchObject({
      name: 'crm',
      queues: ['900'],
      rotatedFrom: old.record.id,
      expiresAt: office.clock.now() + 90 * MINUTE,
    });
    expect(next.key).not.toBe(old.key);
    expect(await codeOf(office.keys.verify(next.key))).toBe('fine');
    expect(await codeOf(office.keys.verify(old.key))).toBe('fine');
    office.clock.step(10 * MINUTE);
    expect(await codeOf(office.keys.verify(old.key))).toBe('E_KEY_EXPIRED');
    expect(await codeOf(office.keys.rotate(old.record.id, { createdBy: 'test' }))).toBe('E_CONFLICT');
  });

  it('without overlap ends the old key at once; too long an overlap is refused', async () => {
    const old = await create();
    expect(
      await codeOf(office.keys.rotate(old.record.id, { createdBy: 'test', overlapMs: 31 * 1440 * MINUTE })),
    ).toBe('E_BAD_REQUEST');
    const gone: string[] = [];
    office.keys.onRevoked(id => gone.push(id));
    await office.keys.rotate(old.record.id, { createdBy: 'test', overlapMs: 0 });
    expect(gone).toEqual([old.record.id]);
  });
});

it('use is seen at once and written once a minute at most', async () => {
  const { key, record } = await create();
  const written = () => office.database.prepare('SELECT last_used_at FROM api_keys').pluck().get();
  const save = vi.spyOn(KeyTable.prototype, 'saveUses');
  for (let i = 0; i < 100; i++) await office.keys.verify(key);
  expect(office.keys.list().find(({ id }) => id === record.id)?.lastUsedAt).toBe(office.clock.now());
  expect(written()).toBeNull();
  office.keys.stop();
  expect(written()).toBe(office.clock.now());
  expect(save).toHaveBeenCalledTimes(1);
  save.mockRestore();
});

it('a use that cannot be written now is written later', async () => {
  const { key } = await create();
  await office.keys.verify(key);
  const other = new Sqlite(office.database.name);
  other.exec('BEGIN IMMEDIATE');
  office.keys.stop();
  expect(office.faults).toEqual([expect.objectContaining({ code: 'E_UNAVAILABLE' })]);
  other.exec('ROLLBACK');
  other.close();
  office.keys.stop();
  expect(office.database.prepare('SELECT last_used_at FROM api_keys').pluck().get()).toBe(office.clock.now());
});
