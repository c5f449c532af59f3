import { describe, expect, it } from 'vitest';
import { principalWith } from '../../../test/keys/kit.ts';
import { demand, may, mayReceive, mayTouchAny } from './permissions.ts';

describe('a permission', () => {
  it('is there only when it was granted', () => {
    const principal = principalWith({ permissions: ['read'] });
    expect([may(principal, 'read'), may(principal, 'write'), may(principal, 'metrics')]).toEqual([
      true,
      false,
      false,
    ]);
    demand(principal, 'read');
    expect(() => demand(principal, 'write')).toThrow(
      expect.objectContaining({ code: 'E_FORBIDDEN', detail: expect.stringMatching(/"write".*has read/) }),
    );
  });
});

describe('an entry of the log', () => {
  it.each([
    ['that names nobody goes to everybody who may read', {}, [], true],
    ['that names nobody goes to a restricted key', { extensions: ['101'] }, [], true],
    ['goes to a free key', {}, ['101', '900'], true],
    ['goes to a key of its extension', { extensions: ['101'] }, ['101', '900'], true],
    ['goes to a key of its queue', { queues: ['900'] }, ['101', '900'], true],
    ['goes to nobody else', { extensions: ['102'], queues: ['901'] }, ['101', '900'], false],
    ['goes by whole numbers only', { extensions: ['10'] }, ['101'], false],
    ['goes to nobody without read', { permissions: ['write', 'metrics'] }, [], false],
    ['goes to nobody without any permission', { permissions: [] }, ['101'], false],
  ] as const)('%s', (_, changes, dns, expected) => {
    expect(mayReceive(principalWith(changes), { dns })).toBe(expected);
  });
});

it('what touches no known extension is not for a restricted key to change', () => {
  expect(mayTouchAny(principalWith({ extensions: ['101'] }), [])).toBe(false);
  expect(mayTouchAny(principalWith({}), [])).toBe(true);
});
