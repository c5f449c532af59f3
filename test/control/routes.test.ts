import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from '../relay/openapi-check.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
let viewer: string;
// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
let document: any;

interface Described {
  method: string;
  path: string;
  isOpen: boolean;
}

beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  viewer = await operating.login('vera', 'viewer');
  document = (await operating.get('/admin/openapi.json', { token: null })).body;
});
afterAll(() => rig.stop());

function described(): Described[] {
  return Object.entries<Record<string, { security: unknown[] }>>(document.paths).flatMap(
    ([path, operations]) =>
      Object.entries(operations).map(([method, { security }]) => ({
        method,
        path,
        isOpen: security.length === 0,
      })),
  );
}

const OPEN = ['get /admin/openapi.json', 'get /admin/about', 'post /admin/login', 'post /admin/setup'];
/** These change nothing but the asker's own login and password. */
const OWN = ['post /admin/logout', 'post /admin/password'];
const nameOf = ({ method, path }: Described): string => `${method} ${path}`;
const addressOf = ({ path }: Described): string =>
  path.replace('{component}', 'xapi').replaceAll(/\{\w+\}/g, '1');

describe('the table of routes', () => {
  it('has every route of the design', () => {
    expect(described().map(nameOf).toSorted()).toMatchInlineSnapshot(`
      [
        "delete /admin/api-keys/{id}",
        "delete /admin/clients/{id}",
        "delete /admin/users/{id}",
        "get /admin/about",
        "get /admin/api-keys",
        "get /admin/api-keys/{id}/usage",
        "get /admin/audit",
        "get /admin/audit/verify",
        "get /admin/call-history",
        "get /admin/call-history/{id}",
        "get /admin/calls",
        "get /admin/clients",
        "get /admin/conditions",
        "get /admin/config",
        "get /admin/connections",
        "get /admin/connections/history",
        "get /admin/doctor",
        "get /admin/errors",
        "get /admin/events",
        "get /admin/logs",
        "get /admin/openapi.json",
        "get /admin/stats",
        "get /admin/users",
        "get /admin/watch",
        "get /admin/whoami",
        "patch /admin/users/{id}",
        "post /admin/api-keys",
        "post /admin/api-keys/{id}/rotate",
        "post /admin/backup",
        "post /admin/connections/{component}/reconnect",
        "post /admin/errors/{id}/acknowledge",
        "post /admin/login",
        "post /admin/logout",
        "post /admin/maintenance",
        "post /admin/password",
        "post /admin/reload",
        "post /admin/setup",
        "post /admin/users",
      ]
    `);
  });

  it('lets nobody in without a token but to what is open to all', async () => {
    expect(
      described()
        .filter(({ isOpen }) => isOpen)
        .map(nameOf),
    ).toEqual(OPEN);
    for (const route of described().filter(({ isOpen }) => !isOpen)) {
      for (const token of [null, 'made-up', 'rop_0123456789abcdef', rig.key]) {
        const { status, body } = await operating.ask(route.method.toUpperCase(), addressOf(route), { token });
        expect([nameOf(route), status, body.code]).toEqual([nameOf(route), 401, 'E_LOGIN_NEEDED']);
      }
    }
  });

  it('lets a viewer change nothing by any of them, and writes down each attempt', async () => {
    const changing = described().filter(
      route => route.method !== 'get' && !route.isOpen && !OWN.includes(nameOf(route)),
    );
    expect(changing).toHaveLength(12);
    const before = await state();
    for (const route of changing) {
      const { status, body } = await operating.ask(route.method.toUpperCase(), addressOf(route), {
        token: viewer,
        body: {},
      });
      expect([nameOf(route), status, body.code]).toEqual([nameOf(route), 403, 'E_FORBIDDEN']);
      const [row] = await operating.audited();
      expect([nameOf(route), row.actor, row.outcome]).toEqual([nameOf(route), 'vera', 'refused']);
    }
    expect(await state()).toEqual(before);
  });

  it('lets a viewer read everything', async () => {
    for (const route of described().filter(({ method }) => method === 'get')) {
      if (route.path === '/admin/watch' || route.path === '/admin/doctor') continue;
      // Where there is no such thing yet: what is asked here is whether he may ask.
      if (route.path === '/admin/call-history/{id}') continue;
      const path = route.path.replace('{id}', await keyId());
      const reply = await operating.get(path, { token: viewer });
      expect([path, reply.status]).toEqual([path, 200]);
    }
  });

  async function keyId(): Promise<string> {
    return (await operating.get('/admin/api-keys')).body.keys[0].id;
  }

  /** All that operators can change. */
  async function state(): Promise<unknown> {
    const [users, keys, config] = await Promise.all(
      ['users', 'api-keys', 'config'].map(async name => (await operating.get(`/admin/${name}`)).body),
    );
    for (const key of keys.keys) delete key.lastUsedAt;
    return { users, keys, config };
  }
});

describe('every answer is as the description says', () => {
  it.each([
    ['/admin/about', ''],
    ['/admin/whoami', ''],
    ['/admin/stats', ''],
    ['/admin/conditions', ''],
    ['/admin/conditions', '?before=5&limit=2'],
    ['/admin/connections', ''],
    ['/admin/connections/history', '?component=xapi&limit=2'],
    ['/admin/errors', '?acknowledged=false&severity=warning&component=xapi&since=5&limit=3'],
    ['/admin/api-keys', ''],
    ['/admin/users', ''],
    ['/admin/clients', ''],
    ['/admin/calls', ''],
    ['/admin/logs', '?after=0&limit=5&level=info'],
    ['/admin/audit', '?action=user&limit=1'],
    ['/admin/audit/verify', ''],
    ['/admin/config', ''],
  ])('%s%s', async (path, query) => {
    const reply = await operating.get(path + query);
    const headers = new Headers();
    expect(reply.status).toBe(200);
    expect(violations(document, { path, method: 'get', reply: { ...reply, headers } })).toEqual([]);
    expect(reply.headers['cache-control']).toBe('no-store');
  });
});

describe('what is wrong with a request is said', () => {
  it.each([
    ['GET', '/admin/nowhere', undefined, 404, 'E_NOT_FOUND', '/admin/openapi.json'],
    ['GET', '/relay/me', undefined, 404, 'E_NOT_FOUND', '/admin/openapi.json'],
    ['PATCH', '/admin/stats', undefined, 405, 'E_METHOD', 'GET'],
    ['GET', '/admin/errors?severity=bad', undefined, 400, 'E_BAD_REQUEST', 'severity'],
    ['GET', '/admin/errors?sevrity=error', undefined, 400, 'E_UNKNOWN_PARAMETER', 'severity'],
    ['GET', '/admin/errors?cursor=x', undefined, 400, 'E_BAD_REQUEST', 'cursor'],
    ['GET', '/admin/audit/verify?count=5', undefined, 400, 'E_BAD_REQUEST', 'belong together'],
    ['GET', '/admin/watch?with=all', undefined, 400, 'E_BAD_REQUEST', 'events, logs'],
    ['GET', '/admin/api-keys/none/usage', undefined, 404, 'E_NOT_FOUND', 'keys list'],
    ['POST', '/admin/api-keys/none/rotate', {}, 404, 'E_NOT_FOUND', 'keys list'],
    ['DELETE', '/admin/api-keys/none', undefined, 404, 'E_NOT_FOUND', 'keys list'],
    ['POST', '/admin/api-keys', { name: 'x', permissions: ['dance'] }, 400, 'E_BAD_REQUEST', 'permissions'],
    ['POST', '/admin/users', { name: 'x', role: 'admin', password: 'short' }, 400, 'E_BAD_REQUEST', '12'],
    ['PATCH', '/admin/users/none', { disabled: true }, 404, 'E_NOT_FOUND', 'users list'],
    ['PATCH', '/admin/users/none', {}, 400, 'E_BAD_REQUEST', 'role, password or disabled'],
    ['DELETE', '/admin/users/none', undefined, 404, 'E_NOT_FOUND', 'users list'],
    ['DELETE', '/admin/clients/none', undefined, 404, 'E_NOT_FOUND', '/admin/clients'],
    [
      'POST',
      '/admin/connections/moon/reconnect',
      undefined,
      404,
      'E_NOT_FOUND',
      'database, xapi, callcontrol',
    ],
    ['POST', '/admin/errors/77777/acknowledge', {}, 404, 'E_NOT_FOUND', '77777'],
    ['POST', '/admin/errors/-1/acknowledge', {}, 404, 'E_NOT_FOUND', '-1'],
    ['POST', '/admin/errors/1/acknowledge', { since: 5 }, 400, 'E_BAD_REQUEST', 'all'],
    ['POST', '/admin/backup', { folder: 'here' }, 400, 'E_BAD_REQUEST', 'full path'],
  ])('%s %s %o', async (method, path, body, status, code, words) => {
    const reply = await operating.ask(method, path, body === undefined ? {} : { body });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(reply.body.detail + (reply.headers.allow ?? '')).toContain(words);
  });

  it('and a web page is not let in', async () => {
    const reply = await operating.get('/admin/about', { headers: { origin: 'https://evil.example.com' } });
    expect([reply.status, reply.body.code]).toEqual([403, 'E_ORIGIN']);
  });
});
