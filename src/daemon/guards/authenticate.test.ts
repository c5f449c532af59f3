import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Office, openOffice } from '../../../test/keys/kit.ts';
import { type AllowedPlaces, Authenticator } from './authenticate.ts';
import { Tickets } from './tickets.ts';

let office: Office;
let door: Authenticator;
let tickets: Tickets;
let key: string;
let netKey: string;

beforeAll(async () => {
  office = openOffice();
  tickets = new Tickets({ clock: office.clock });
  door = new Authenticator({ keys: office.keys, tickets });
  key = (await office.keys.create({ name: 'crm', permissions: ['read'] }, 'test')).key;
  netKey = (
    await office.keys.create(
      { name: 'net', permissions: ['read'], networks: ['10.0.0.0/8', '2001:db8::/32'] },
      'test',
    )
  ).key;
});
afterAll(() => office.close());

interface Try extends AllowedPlaces {
  headers?: Record<string, string>;
  url?: string;
  peer?: string;
}

async function ask({
  headers = {},
  url = '/relay/me',
  peer = '192.0.2.1',
  ...allowed
}: Try): Promise<string> {
  const request = { headers, url, socket: { remoteAddress: peer } };
  const authenticate = async () => door.authenticate(request, allowed);
  return authenticate().then(
    ({ name }) => name,
    error => error.code,
  );
}

describe('a key is taken', () => {
  it('from either header', async () => {
    expect(await ask({ headers: { authorization: `Bearer ${key}` } })).toBe('crm');
    expect(await ask({ headers: { authorization: `bearer ${key}` } })).toBe('crm');
    expect(await ask({ headers: { 'x-api-key': key } })).toBe('crm');
  });

  it('from the URL only where that is allowed', async () => {
    expect(await ask({ url: `/relay/ws?api_key=${key}`, queryKey: true })).toBe('crm');
    expect(await ask({ url: `/relay/ws?api_key=${key}`, ticket: 'once' })).toBe('E_KEY_MISSING');
    expect(await ask({ url: `/relay/me?api_key=${key}`, headers: { 'x-api-key': key } })).toBe(
      'E_KEY_MISSING',
    );
  });
});

describe('a request is refused', () => {
  it.each([
    ['without a key', () => ({}), 'E_KEY_MISSING'],
    [
      'with another kind of Authorization',
      () => ({ headers: { authorization: 'Basic cmVsYXk6eA==' } }),
      'E_KEY_MISSING',
    ],
    ['with an empty Bearer', () => ({ headers: { authorization: 'Bearer ' } }), 'E_KEY_MISSING'],
    ['with a wrong key', () => ({ headers: { 'x-api-key': 'rk_nonsense' } }), 'E_KEY_INVALID'],
    ['with an empty key', () => ({ headers: { 'x-api-key': '' } }), 'E_KEY_INVALID'],
    [
      'with two keys',
      () => ({ headers: { authorization: `Bearer ${key}`, 'x-api-key': key } }),
      'E_BAD_REQUEST',
    ],
    [
      'with the key twice in the URL',
      () => ({ url: `/x?api_key=${key}&api_key=${key}`, queryKey: true }),
      'E_BAD_REQUEST',
    ],
    [
      'with key and ticket',
      () => ({ url: '/x?ticket=abc', headers: { 'x-api-key': key }, ticket: 'once' }),
      'E_BAD_REQUEST',
    ],
    ['with a made-up ticket', () => ({ url: '/x?ticket=abc', ticket: 'once' }), 'E_KEY_INVALID'],
  ])('%s', async (_, request, code) => expect(await ask(request())).toBe(code));

  it('and the answer never repeats the key', async () => {
    const request = { headers: { authorization: `Basic ${key}` }, url: '/', socket: {} };
    const authenticate = async () => door.authenticate(request);
    await expect(authenticate()).rejects.not.toThrow(key.slice(12, 40));
  });
});

describe('a ticket', () => {
  const issue = async (): Promise<string> => tickets.issue(await office.keys.verify(key)).ticket;

  it('stands for its key once, and only where it is allowed', async () => {
    const ticket = await issue();
    expect(await ask({ url: `/relay/ws?ticket=${ticket}`, queryKey: true })).toBe('E_KEY_MISSING');
    expect(await ask({ url: `/relay/ws?after=1&ticket=${ticket}`, ticket: 'once' })).toBe('crm');
    expect(await ask({ url: `/relay/ws?ticket=${ticket}`, ticket: 'once' })).toBe('E_KEY_INVALID');
  });

  it('is worth nothing when its key has been revoked', async () => {
    const { record, key: other } = await office.keys.create({ name: 'other', permissions: ['read'] }, 'test');
    const { ticket } = tickets.issue(await office.keys.verify(other));
    office.keys.revoke(record.id);
    expect(await ask({ url: `/relay/ws?ticket=${ticket}`, ticket: 'once' })).toBe('E_KEY_EXPIRED');
  });
});

describe('a key for certain networks', () => {
  it.each([
    ['opens from there', '10.1.2.3', undefined, 'net'],
    ['opens from there by IPv6', '2001:db8::7', undefined, 'net'],
    ['opens from there through our proxy', '127.0.0.1', '10.1.2.3', 'net'],
    ['opens from nowhere else', '192.0.2.1', undefined, 'E_FORBIDDEN'],
    ['does not believe strangers', '192.0.2.1', '10.1.2.3', 'E_FORBIDDEN'],
    [
      'does not believe what a client wrote before our proxy',
      '127.0.0.1',
      '10.1.2.3, 192.0.2.1',
      'E_FORBIDDEN',
    ],
  ])('%s', async (_, peer, forwarded, expected) => {
    const headers = {
      'x-api-key': netKey,
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    };
    expect(await ask({ headers, peer })).toBe(expected);
  });
});
