import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, Desk, PASSWORD, ROOT } from '../../../../test/operators/kit.ts';
import { KeyHasher } from '../key-hasher.ts';
import { authorOf, demandAdmin } from './operator.ts';

const HOUR = 3_600_000;
const OTHER_PASSWORD = 'another long password';
let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await desk.close();
});

const create = (name: string, role: 'admin' | 'viewer' = 'admin') =>
  desk.operators.create({ name, role, password: PASSWORD }, ROOT);
const login = (name: string, password = PASSWORD, address = 'control-socket') =>
  desk.operators.login({ name, password, address });

describe('a user', () => {
  it('is made with a password that is kept only as bcrypt of cost 12, and logs in', async () => {
    await desk.close();
    desk = new Desk({});
    const user = await create('anna');
    expect(user).toMatchObject({ name: 'anna', role: 'admin', disabledAt: null, createdBy: 'operator' });
    expect(JSON.stringify(desk.operators.list())).not.toMatch(/\$2|generation/);
    expect(desk.database.prepare('SELECT hash FROM admin_users').pluck().get()).toMatch(/^\$2[aby]\$12\$/);
    const { token, expiresAt, operator } = await login('anna', PASSWORD, '192.0.2.7');
    expect(expiresAt - desk.clock.now()).toBeGreaterThan(24 * HOUR - 1001);
    expect(operator).toMatchObject({ name: 'anna', role: 'admin', via: 'login', claimedUser: null });
    expect(desk.operators.verify(token)).toEqual(operator);
    expect(desk.operators.list()[0]?.lastLoginAt).toBe(desk.clock.now());
    expect(desk.written().map(({ action, actor }) => [action, actor])).toEqual([
      ['login.ok', 'anna'],
      ['user.create', 'operator'],
    ]);
    for (const secret of [token, PASSWORD]) {
      expect(desk.database.serialize().toString('latin1')).not.toContain(secret);
    }
  });

  it.each([
    ['a short password', { password: 'elevenchars' }, /password: at least 12 characters/],
    ['a password beyond 72 bytes', { password: 'ä'.repeat(37) }, /password: at most 72 bytes/],
    ['a capital in its name', { name: 'Anna' }, /name: a name is 1 to 32 small letters/],
    ['a name that ends too late', { name: 'a'.repeat(33) }, /name: a name is/],
    ['a name the relay uses', { name: 'operator' }, /name: operator, setup/],
    ['a role there is not', { role: 'root' }, /role: one of admin, viewer/],
    ['a field there is not', { colour: 'red' }, /colour/],
  ])('with %s is refused in clear words', async (_, change, text) => {
    const order = { name: 'anna', role: 'admin', password: PASSWORD, ...change } as const;
    await expect(desk.operators.create(order as never, ROOT)).rejects.toMatchObject({
      code: 'E_BAD_REQUEST',
      detail: expect.stringMatching(text),
    });
    expect(desk.operators.list()).toEqual([]);
  });

  it('has a name of its own, also when two are made at once', async () => {
    expect(
      (await Promise.all([codeOf(() => create('anna')), codeOf(() => create('anna'))])).toSorted(),
    ).toEqual(['E_CONFLICT', 'fine']);
    expect(desk.operators.list()).toHaveLength(1);
    expect(desk.written().map(({ outcome }) => outcome)).toEqual(['refused', 'ok']);
  });

  it('types the same password on any keyboard', async () => {
    await desk.operators.create(
      { name: 'zoe', role: 'viewer', password: 'Zo\u00eb sagt Gr\u00fc\u00dfe' },
      ROOT,
    );
    expect(await codeOf(() => login('zoe', 'Zoe\u0308 sagt Gru\u0308\u00dfe'))).toBe('fine');
  });

  it('who is a viewer is refused what changes something', async () => {
    await create('vera', 'viewer');
    const { operator } = await login('vera');
    expect(() => demandAdmin(operator)).toThrow(expect.objectContaining({ code: 'E_FORBIDDEN' }));
    expect(authorOf(operator, '192.0.2.1')).toMatchObject({
      actor: 'vera',
      via: 'login',
      source: '192.0.2.1',
    });
  });
});

describe('the last admin who can log in', () => {
  it('cannot be removed, demoted or disabled; with a second one he can', async () => {
    const anna = await create('anna');
    const bert = await create('bert');
    await desk.operators.change(bert.id, { disabled: true }, ROOT);
    expect(await codeOf(() => desk.operators.remove(anna.id, ROOT))).toBe('E_CONFLICT');
    expect(await codeOf(() => desk.operators.change(anna.id, { role: 'viewer' }, ROOT))).toBe('E_CONFLICT');
    expect(await codeOf(() => desk.operators.change(anna.id, { disabled: true }, ROOT))).toBe('E_CONFLICT');
    expect(desk.operators.list()[0]).toMatchObject({ name: 'anna', role: 'admin', disabledAt: null });
    const refused = desk.written().slice(0, 3);
    expect(refused.map(({ outcome, subject }) => [outcome, subject])).toEqual(
      Array.from({ length: 3 }, () => ['refused', 'anna']),
    );
    await desk.operators.change(bert.id, { disabled: false }, ROOT);
    desk.operators.remove(anna.id, ROOT);
    expect(desk.operators.list().map(({ name }) => name)).toEqual(['bert']);
    expect(await codeOf(() => desk.operators.remove(anna.id, ROOT))).toBe('E_NOT_FOUND');
  });

  it('changes with the audit log or not at all', async () => {
    const { id } = await create('anna');
    desk.database.exec('ALTER TABLE audit_log RENAME TO hidden');
    expect(await codeOf(() => desk.operators.change(id, { password: OTHER_PASSWORD }, ROOT))).not.toBe(
      'fine',
    );
    desk.database.exec('ALTER TABLE hidden RENAME TO audit_log');
    expect(await codeOf(() => login('anna'))).toBe('fine');
  });
});

describe('a login ends', () => {
  it.each([
    ['a new password', { password: OTHER_PASSWORD }],
    ['another role', { role: 'viewer' as const }],
    ['being disabled', { disabled: true }],
  ])('at once with %s', async (_, change) => {
    await create('anna');
    const { id } = await create('bert');
    const { token, operator } = await login('bert');
    const mine = await login('anna');
    await desk.operators.change(id, { disabled: false }, ROOT);
    expect(desk.operators.isLive(operator)).toBe(true);
    await desk.operators.change(id, change, ROOT);
    expect(desk.operators.isLive(operator)).toBe(false);
    expect(await codeOf(() => desk.operators.verify(token))).toBe('E_LOGIN_NEEDED');
    expect(await codeOf(() => desk.operators.verify(mine.token))).toBe('fine');
  });

  it('with the user, also when another one gets the name', async () => {
    await create('anna');
    const { id } = await create('bert');
    const { token } = await login('bert');
    desk.operators.remove(id, ROOT);
    await create('bert');
    expect(await codeOf(() => desk.operators.verify(token))).toBe('E_LOGIN_NEEDED');
  });

  it('by logging out, for good, also after a restart; other logins stay', async () => {
    await create('anna');
    const [one, other] = [await login('anna'), await login('anna')];
    desk.operators.logout(one.token, '192.0.2.7');
    expect(desk.operators.isLive(one.operator)).toBe(false);
    await desk.restart();
    expect(await codeOf(() => desk.operators.verify(one.token))).toBe('E_LOGIN_NEEDED');
    expect(await codeOf(() => desk.operators.logout(one.token, ''))).toBe('E_LOGIN_NEEDED');
    expect(desk.operators.verify(other.token)).toMatchObject({ name: 'anna' });
    expect(desk.written()[0]).toMatchObject({ action: 'login.end', actor: 'anna' });
  });

  it('after 24 hours, give or take half a minute of clocks', async () => {
    await create('anna');
    const { token, expiresAt, operator } = await login('anna');
    desk.clock.step(expiresAt - desk.clock.now() + 29_000);
    expect(desk.operators.verify(token)).toEqual(operator);
    desk.clock.step(1000);
    expect(await codeOf(() => desk.operators.verify(token))).toBe('E_LOGIN_NEEDED');
    expect(desk.operators.isLive(operator)).toBe(false);
  });

  it('with another ADMIN_SECRET', async () => {
    await create('anna');
    await desk.restart('s'.repeat(32));
    const { token } = await login('anna');
    await desk.restart('t'.repeat(32));
    expect(await codeOf(() => desk.operators.verify(token))).toBe('E_LOGIN_NEEDED');
    expect(() => desk.newOperators('short')).toThrow('too short');
  });
});

it('a made-up token is refused, whatever it says', async () => {
  const { id } = await create('anna');
  const secret = 's'.repeat(32);
  await desk.restart(secret);
  const { token } = await login('anna');
  const good = jwt.decode(token) as Record<string, unknown>;
  const signed = (change: object, options: jwt.SignOptions = {}, key = secret): string =>
    jwt.sign(JSON.parse(JSON.stringify({ ...good, ...change })), key, { algorithm: 'HS256', ...options });
  expect(good).toMatchObject({ sub: id, iss: '3cx-relay', aud: '3cx-relay-control', gen: 1 });
  expect(await codeOf(() => desk.operators.verify(signed({})))).toBe('fine');
  const [head, body, seal] = token.split('.');
  const unsigned = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const forged = [
    '',
    'nonsense',
    `${token}x`,
    'x'.repeat(100_000),
    `${unsigned}.${body}.`,
    `${unsigned}.${body}.${seal}`,
    `${head}.${Buffer.from(JSON.stringify({ ...good, sub: 'x' })).toString('base64url')}.${seal}`,
    signed({}, {}, 'w'.repeat(32)),
    signed({}, { algorithm: 'HS384' }),
    signed({ iss: 'other' }),
    signed({ aud: 'other' }),
    signed({ sub: 'nobody' }),
    signed({ gen: 2 }),
    signed({ exp: Number(good['iat']) + 100_000 }),
    signed({ role: 'admin' }),
    ...['iss', 'aud', 'sub', 'jti', 'exp', 'gen'].map(claim => signed({ [claim]: undefined })),
    signed({ iat: undefined }, { noTimestamp: true }),
  ];
  for (const text of forged) {
    expect(await codeOf(() => desk.operators.verify(text)), text.slice(0, 400)).toBe('E_LOGIN_NEEDED');
  }
});

describe('who has no account here', () => {
  it('cannot be told from who has one: the same answer, and the same work', async () => {
    await desk.close();
    desk = new Desk({});
    await create('anna');
    const { id } = await create('bert');
    await desk.operators.change(id, { disabled: true }, ROOT);
    const compare = vi.spyOn(KeyHasher.prototype, 'compare');
    const tries = [
      ['anna', 'wrong password here'],
      ['nobody', PASSWORD],
      ['bert', PASSWORD],
      ['anna', PASSWORD.repeat(9)],
      ['x'.repeat(5000), ''],
    ] as const;
    const answers = [];
    for (const [index, [name, password]] of tries.entries()) {
      answers.push(await login(name, password, `192.0.2.${index}`).catch(error => error));
    }
    expect(new Set(answers.map(({ code, detail }) => `${code} ${detail}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ code: 'E_LOGIN_FAILED' });
    expect(compare).toHaveBeenCalledTimes(tries.length);
    for (const [, hash] of compare.mock.calls) expect(hash).toMatch(/^\$2[aby]\$12\$.{53}$/);
    const failures = desk.written().slice(0, tries.length).toReversed();
    expect(failures.map(({ actor, detail }) => [actor, JSON.parse(detail).why])).toEqual([
      ['anna', 'wrong password'],
      ['unknown', 'unknown name'],
      ['bert', 'disabled'],
      ['anna', 'wrong password'],
      ['unknown', 'unknown name'],
    ]);
  });

  it('is locked out as everybody: after 5 failures, for 15 minutes, without bcrypt', async () => {
    await create('anna');
    const compare = vi.spyOn(KeyHasher.prototype, 'compare').mockResolvedValue(false);
    for (const name of ['anna', 'nobody']) {
      const from = (place: number) =>
        codeOf(() => login(name, 'wrong', `2001:db8:${name.length}:${place}::1`));
      // All at once gets no further than one after the other.
      const codes = await Promise.all(Array.from({ length: 8 }, (_, place) => from(place)));
      expect(codes.filter(code => code === 'E_LOGIN_FAILED')).toHaveLength(5);
      expect(codes.filter(code => code === 'E_RATE_LIMITED')).toHaveLength(3);
    }
    expect(compare).toHaveBeenCalledTimes(10);
    const [one, other] = await Promise.all(
      ['anna', 'nobody'].map(name => login(name, PASSWORD, '198.51.100.1').catch(error => error)),
    );
    expect(one).toMatchObject({ code: 'E_RATE_LIMITED', retryAfterSeconds: 900 });
    expect(other).toEqual(one);
    const locks = desk.written().filter(({ detail }) => JSON.parse(detail).locksAccount === true);
    expect(new Set(locks.map(({ actor }) => actor))).toEqual(new Set(['anna', 'unknown']));
    desk.clock.step(900_000);
    compare.mockRestore();
    expect(await codeOf(() => login('anna', PASSWORD, '198.51.100.1'))).toBe('fine');
  });
});

it('a new password opens a locked account, and a busy relay counts nothing', async () => {
  const { id } = await create('anna');
  const compare = vi.spyOn(KeyHasher.prototype, 'compare').mockRejectedValue(new Error('busy'));
  for (let count = 0; count < 9; count++) await codeOf(() => login('anna'));
  compare.mockResolvedValue(false);
  for (let count = 0; count < 5; count++) await codeOf(() => login('anna', 'wrong', `192.0.2.${count}`));
  compare.mockRestore();
  expect(await codeOf(() => login('anna'))).toBe('E_RATE_LIMITED');
  await desk.operators.change(id, { password: OTHER_PASSWORD }, ROOT);
  expect(await codeOf(() => login('anna', OTHER_PASSWORD))).toBe('fine');
});

it('an own password is changed only by who knows it, and not when an admin was quicker', async () => {
  const { id } = await create('vera', 'viewer');
  const { operator } = await login('vera');
  const change = (old: string) =>
    desk.operators.changeOwnPassword(operator, { old, new: OTHER_PASSWORD }, 'control-socket');
  expect(await codeOf(() => change('not this one'))).toBe('E_LOGIN_FAILED');
  const underway = change(PASSWORD);
  desk.database.prepare('UPDATE admin_users SET generation = generation + 1 WHERE id = ?').run(id);
  expect(await codeOf(() => underway)).toBe('E_LOGIN_FAILED');
  const again = await login('vera');
  const hash = vi.spyOn(KeyHasher.prototype, 'hash').mockImplementation(async () => {
    desk.database.prepare('UPDATE admin_users SET generation = generation + 1 WHERE id = ?').run(id);
    return 'nobody knows';
  });
  const late = { old: PASSWORD, new: OTHER_PASSWORD };
  expect(await codeOf(() => desk.operators.changeOwnPassword(again.operator, late, 'x'))).toBe(
    'E_LOGIN_NEEDED',
  );
  hash.mockRestore();
  expect(await codeOf(() => login('vera'))).toBe('fine');
});

it('guessing the old password locks the account as guessing at the door does', async () => {
  await create('vera', 'viewer');
  const { operator } = await login('vera');
  const guess = () =>
    codeOf(() => desk.operators.changeOwnPassword(operator, { old: 'wrong', new: OTHER_PASSWORD }, 'x'));
  const codes: string[] = [];
  for (let count = 0; count < 6; count++) codes.push(await guess());
  expect(codes.toSorted()).toEqual([...Array(5).fill('E_LOGIN_FAILED'), 'E_RATE_LIMITED']);
});

it('a password that changes while bcrypt is at work lets nobody in with the old one', async () => {
  const { id } = await create('anna');
  const underway = login('anna');
  desk.database.prepare('UPDATE admin_users SET generation = generation + 1 WHERE id = ?').run(id);
  expect(await codeOf(() => underway)).toBe('E_LOGIN_FAILED');
});
