import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, Desk, PASSWORD, ROOT } from '../../../../test/operators/kit.ts';
import { TokenFile } from './token-file.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.close());

const textOf = (path: string): string => readFileSync(path, 'utf8').trim();

describe('the operator token', () => {
  it('lies in a file of mode 0600, whatever was there and whatever the umask', () => {
    const elsewhere = join(desk.home, 'elsewhere');
    writeFileSync(elsewhere, 'mine', { mode: 0o644 });
    symlinkSync(elsewhere, desk.paths.operatorToken);
    const before = process.umask(0);
    desk.operators.start();
    process.umask(before);
    expect(statSync(desk.paths.operatorToken).mode & 0o777).toBe(0o600);
    expect(textOf(desk.paths.operatorToken)).toMatch(/^rop_[0-9a-f]{64}$/);
    expect(textOf(elsewhere)).toBe('mine');
  });

  it('makes whoever can read it an admin, named as he says he is', () => {
    desk.operators.start();
    const token = textOf(desk.paths.operatorToken);
    const operator = { name: 'operator', role: 'admin', via: 'operator-token', login: null };
    expect(desk.operators.verify(token, 'anna')).toEqual({ ...operator, claimedUser: 'anna' });
    expect(desk.operators.verify(token)).toEqual({ ...operator, claimedUser: null });
    expect(desk.operators.verify(token, 'a b\n"c"')).toEqual({ ...operator, claimedUser: null });
  });

  it('is new at each start, gone after the stop, and nothing else is taken for it', async () => {
    const wrong = (text: string) => codeOf(() => desk.operators.verify(text));
    expect(await wrong('rop_')).toBe('E_LOGIN_NEEDED');
    desk.operators.start();
    const first = textOf(desk.paths.operatorToken);
    const held = desk.operators.verify(first);
    expect(desk.operators.isLive(held)).toBe(true);
    for (const text of [`${first}0`, first.slice(0, -1), `rop_${'0'.repeat(64)}`, 'rop_']) {
      expect(await wrong(text)).toBe('E_LOGIN_NEEDED');
    }
    await desk.restart();
    expect(await wrong(first)).toBe('E_LOGIN_NEEDED');
    const second = textOf(desk.paths.operatorToken);
    await desk.operators.stop();
    expect(existsSync(desk.paths.operatorToken)).toBe(false);
    expect(await wrong(second)).toBe('E_LOGIN_NEEDED');
    expect(desk.operators.isLive(held)).toBe(false);
  });

  it('of another daemon is left where it is', () => {
    const path = join(desk.home, 'shared.token');
    const [mine, other] = [1, 2].map(() => new TokenFile({ path, prefix: 'rop' }));
    mine?.write();
    other?.write();
    mine?.remove();
    expect(other?.matches(textOf(path))).toBe(true);
  });

  it('that cannot be written is told in words, and leaves nothing behind', () => {
    mkdirSync(desk.paths.operatorToken);
    expect(() => desk.operators.start()).toThrow();
    expect(existsSync(`${desk.paths.operatorToken}.${process.pid}`)).toBe(false);
  });
});

describe('the setup token', () => {
  const first = { name: 'anna', password: PASSWORD };
  const redeem = (token: string, order = first) => desk.operators.redeemSetup(token, order, 'control-socket');

  it('makes the first admin, once', async () => {
    desk.operators.start();
    const token = textOf(desk.paths.setupToken);
    expect(statSync(desk.paths.setupToken).mode & 0o777).toBe(0o600);
    expect(await codeOf(() => redeem(token, { ...first, password: 'short' }))).toBe('E_BAD_REQUEST');
    const codes = await Promise.all([
      codeOf(() => redeem(token)),
      codeOf(() => redeem(token, { ...first, name: 'eve' })),
    ]);
    expect(codes.toSorted()).toEqual(['E_LOGIN_NEEDED', 'fine']);
    expect(existsSync(desk.paths.setupToken)).toBe(false);
    expect(desk.operators.list()).toEqual([expect.objectContaining({ role: 'admin', createdBy: 'setup' })]);
    expect(await codeOf(() => redeem(token, { ...first, name: 'zed' }))).toBe('E_LOGIN_NEEDED');
    const told = desk.written().map(({ action, outcome }) => `${action} ${outcome}`);
    expect(told).toEqual(['setup.fail refused', 'setup.redeem refused', 'setup.redeem ok']);
  });

  it('is not there when there is an admin, not even an old one', async () => {
    desk.operators.start();
    const token = textOf(desk.paths.setupToken);
    const { id } = await desk.operators.create({ ...first, role: 'viewer' }, ROOT);
    expect(existsSync(desk.paths.setupToken)).toBe(true);
    await desk.operators.change(id, { role: 'admin' }, ROOT);
    expect(existsSync(desk.paths.setupToken)).toBe(false);
    expect(await codeOf(() => redeem(token, { ...first, name: 'eve' }))).toBe('E_LOGIN_NEEDED');
    writeFileSync(desk.paths.setupToken, `${token}\n`);
    await desk.restart();
    expect(existsSync(desk.paths.setupToken)).toBe(false);
  });

  it('wrong ones are written down, but not without end, and do not keep the right one out', async () => {
    desk.operators.start();
    const codes = [];
    for (let count = 0; count < 8; count++) codes.push(await codeOf(() => redeem(`rsu_${count}`)));
    expect(codes).toEqual([
      ...Array.from({ length: 5 }, () => 'E_LOGIN_NEEDED'),
      ...Array.from({ length: 3 }, () => 'E_RATE_LIMITED'),
    ]);
    expect(desk.written()).toHaveLength(5);
    expect(await codeOf(() => redeem(textOf(desk.paths.setupToken)))).toBe('fine');
  });
});
