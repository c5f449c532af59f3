import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './openapi-check.ts';
import { RelayRig } from './relay-rig.ts';

let rig: RelayRig;
beforeAll(async () => {
  rig = await RelayRig.start({}, { ALLOWED_ORIGINS: 'https://crm.example.com' });
  await rig.seesCalls();
});
afterAll(() => rig.stop());

async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(rig.daemon.relayUrl).port), '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe('what is wrong with a request is said', () => {
  it.each([
    ['GET', '/relay/nowhere', undefined, 404, 'E_NOT_FOUND'],
    ['DELETE', '/relay/me', undefined, 405, 'E_METHOD'],
    ['GET', '/relay/active-calls?x=1', undefined, 400, 'E_UNKNOWN_PARAMETER'],
    ['GET', '/relay/events?limit=1&limit=2', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/events?limit=0', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/ws?after=1', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/events?types=dance', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/active-calls/nobody', undefined, 404, 'E_NOT_FOUND'],
    ['GET', '/relay/active-calls/%zz', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/call-history?start=yesterday', undefined, 400, 'E_BAD_REQUEST'],
    ['GET', '/relay/call-history/nobody', undefined, 404, 'E_NOT_FOUND'],
    ['POST', '/relay/calls', 'no json', 400, 'E_BAD_REQUEST'],
    ['POST', '/relay/calls', { from: '101' }, 400, 'E_BAD_REQUEST'],
    ['POST', '/relay/calls', { from: '101', to: '102', more: 1 }, 400, 'E_BAD_REQUEST'],
    ['POST', '/relay/calls', { from: '101', to: '102\r\nX: 1' }, 400, 'E_BAD_REQUEST'],
    ['POST', '/relay/calls', `{"from":${'['.repeat(5000)}`, 400, 'E_BAD_REQUEST'],
    ['POST', '/relay/calls', { from: 'x'.repeat(70_000), to: '1' }, 413, 'E_TOO_LARGE'],
    ['POST', '/relay/active-calls/nobody/drop', {}, 404, 'E_NOT_FOUND'],
  ])('%s %s', async (method, path, body, status, code) => {
    const reply = await rig.ask(method, path, body === undefined ? {} : { body });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(reply.body).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.any(String),
      requestId: expect.any(String),
    });
    expect(JSON.stringify(reply.body)).not.toMatch(/ at |node_modules|\.ts/);
  });

  it('and a good answer has every header once, however the address is written', async () => {
    const head = async (path: string): Promise<string[]> => {
      const lines = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${rig.key}\r\nConnection: close\r\n\r\n`;
      const [text = ''] = (await raw(lines)).split('\r\n\r\n');
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      const names = text.split('\r\n').slice(1);
      return names.map(line => line.split(':')[0] ?? '').toSorted();
    };
    const names = await head('/relay/active-calls');
    expect(names).toEqual(
      [
        ...[
          'Cache-Control',
          'Connection',
          'Content-Length',
          'Content-Security-Policy',
          'Content-Type',
          'Date',
        ],
        ...['Cross-Origin-Resource-Policy', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
        ...['Referrer-Policy', 'X-Content-Type-Options', 'X-Request-Id'],
      ].toSorted(),
    );
    for (const path of ['/relay/active-calls/', '/relay/active-calls?', '/relay/me', '/relay/agents'])
      expect(await head(path), path).toEqual(names);
  });

  it('refuses another media type, a key without the right, and a key that is none', async () => {
    const typed = await rig.ask('POST', '/relay/calls', {
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    });
    expect([typed.status, typed.body.code]).toEqual([415, 'E_MEDIA_TYPE']);
    const key = await rig.newKey({ name: 'reader', permissions: ['read'] });
    const headers = { authorization: `Bearer ${key}` };
    const write = await rig.ask('POST', '/relay/calls', { body: { from: '101', to: '102' }, headers });
    expect([write.status, write.body.code]).toEqual([403, 'E_FORBIDDEN']);
    expect((await rig.get('/relay/metrics', headers)).status).toBe(403);
    const none = await rig.get('/relay/me', { authorization: 'Bearer rk_00000000_00_00' });
    expect([none.status, none.body.code]).toEqual([401, 'E_KEY_INVALID']);
    const missing = await rig.get('/relay/me', { authorization: '' });
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await rig.get(`/relay/me?api_key=${rig.key}`, { authorization: '' })).status).toBe(401);
  });

  it.each([
    'GET //relay/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /relay/../relay/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET http://evil/relay/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'GET /relay/health HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n',
    'GET /relay/health HTTP/1.1\r\n\r\n',
    'POST /relay/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
    '\x16\x03\x01\x02 hello',
  ])('refuses odd requests: %j', async text => {
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await rig.get('/relay/health')).status).toBe(200);
  });

  it('limits each key, and says so in headers', async () => {
    const key = await rig.newKey({ name: 'slow', permissions: ['read'], ratePerMinute: 3 });
    const headers = { authorization: `Bearer ${key}` };
    const statuses: number[] = [];
    for (let ask = 0; ask < 4; ask++) statuses.push((await rig.get('/relay/me', headers)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const refused = await rig.get('/relay/me', headers);
    expect(refused.body.code).toBe('E_RATE_LIMITED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('answers browsers of allowed origins only', async () => {
    const allowed = await rig.get('/relay/me', { origin: 'https://crm.example.com' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://crm.example.com');
    expect(allowed.headers.get('vary')).toBe('Origin');
    expect(
      (await rig.ask('OPTIONS', '/relay/me', { headers: { origin: 'https://crm.example.com' } })).status,
    ).toBe(204);
    expect((await rig.get('/relay/me', { origin: 'https://evil.example' })).body.code).toBe('E_ORIGIN');
  });
});

describe('what a request gives', () => {
  it('is what OpenAPI says, on every route that can be asked without a call', async () => {
    const { body: document } = await rig.get('/relay/openapi.json');
    for (const path of [
      '/relay/health',
      '/relay/me',
      '/relay/active-calls',
      '/relay/events',
      '/relay/extensions',
      '/relay/agents',
      '/relay/call-history',
    ]) {
      const reply = await rig.get(path);
      expect(reply.status, path).toBe(200);
      expect(violations(document, { path, method: 'get', reply }), path).toEqual([]);
    }
    const ticket = await rig.ask('POST', '/relay/tickets');
    expect(violations(document, { path: '/relay/tickets', method: 'post', reply: ticket })).toEqual([]);
    expect((await rig.get('/relay/metrics')).body).toContain('relay_journal_head');
  });

  it('controls calls with the phone system’s own answer, and the outcome comes through the log', async () => {
    const { body: document } = await rig.get('/relay/openapi.json');
    rig.simulator.pbx.knobs.turn({ answerAfterSeconds: 0.2, talkSeconds: 600 });
    const made = await rig.ask('POST', '/relay/calls', { body: { from: '101', to: '102' } });
    expect([made.status, made.body.accepted]).toEqual([202, true]);
    expect(violations(document, { path: '/relay/calls', method: 'post', reply: made })).toEqual([]);
    const theCall = async () => (await rig.get('/relay/active-calls')).body.calls[0];
    await expect.poll(async () => (await theCall())?.state).toBe('connected');
    const { id } = await theCall();
    const one = await rig.get(`/relay/active-calls/${id}`);
    expect(violations(document, { path: '/relay/active-calls/{id}', method: 'get', reply: one })).toEqual([]);
    const refused = await rig.ask('POST', `/relay/active-calls/${id}/answer`, { body: {} });
    expect([refused.status, refused.body.code]).toEqual([409, 'E_CONFLICT']);
    const moved = await rig.ask('POST', `/relay/active-calls/${id}/transfer`, { body: { to: '103' } });
    expect(moved.status).toBe(202);
    await expect
      .poll(async () => (await theCall())?.legs.map((leg: { dn: string }) => leg.dn))
      .toContain('103');
    expect((await rig.ask('POST', `/relay/active-calls/${id}/drop`, { body: {} })).status).toBe(202);
    await expect
      .poll(async () => (await rig.get('/relay/active-calls')).body.calls, { timeout: 15_000 })
      .toEqual([]);
    const { body } = await rig.get('/relay/events?types=call&limit=500');
    const changes = body.entries.map((entry: { data: { change: string } }) => entry.data.change);
    for (const change of ['call.started', 'call.answered', 'call.transferred', 'call.ended'])
      expect(changes).toContain(change);
  });
});

it('writes neither keys nor whole numbers into the log', async () => {
  await rig.get(`/relay/me?api_key=${rig.key}`, {});
  const text = rig.logged.join('\n');
  expect(text).not.toContain(rig.key);
  expect(text).not.toContain(rig.simulator.addresses.clientSecret);
  expect(text).not.toMatch(/\+44\d{8}/);
});
