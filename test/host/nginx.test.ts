import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { RelayRig } from '../relay/relay-rig.ts';
import { hasNginx, OUTER_ADDRESS, WebServer } from './nginx.ts';

const DAYS = 3;

/** Needs nginx and openssl; the way in that programs take on a real phone system. */
describe.runIf(hasNginx)('through a real nginx with TLS', () => {
  let rig: RelayRig;
  const web = new WebServer();

  beforeAll(async () => {
    rig = await RelayRig.start({ database: 'current' });
    await rig.simulator.fillHistory({ days: DAYS, callsPerDay: 2000 });
    await rig.simulator.settled();
    await rig.seesCalls();
    await web.start(rig.daemon.relayUrl);
  });
  afterAll(async () => {
    await web.stop();
    await rig.stop();
  });

  interface Order {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    address?: string;
  }

  async function open(
    path: string,
    { method = 'GET', headers, body, address }: Order = {},
  ): Promise<IncomingMessage> {
    const asking = request(`${web.https(address)}${path}`, {
      method,
      ca: web.authority,
      agent: false,
      headers: { authorization: `Bearer ${rig.key}`, ...headers },
    });
    asking.end(body);
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    return response;
  }

  async function ask(path: string, order?: Order): Promise<{ status: number; body: string }> {
    const response = await open(path, order);
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages of many shapes
  type Message = any;

  async function listen(query = ''): Promise<{ socket: WebSocket; messages: Message[] }> {
    const messages: Message[] = [];
    const socket = new WebSocket(`${web.https().replace('https', 'wss')}/relay/ws${query}`, {
      ca: web.authority,
      headers: { authorization: `Bearer ${rig.key}` },
    });
    socket.on('message', data => messages.push(JSON.parse(String(data))));
    await once(socket, 'open');
    await expect.poll(() => messages.length).toBeGreaterThan(0);
    return { socket, messages };
  }

  const ring = (call: string): void =>
    rig.act({ do: 'dialIn', call, from: '+442079460101', name: 'Maple, Rita', did: '+442079460200' });

  it('REST, with problems as problems', async () => {
    expect(await ask('/relay/health', { headers: { authorization: '' } })).toMatchObject({ status: 200 });
    expect(JSON.parse((await ask('/relay/active-calls')).body)).toMatchObject({ calls: [] });
    const refused = await ask('/relay/me', { headers: { authorization: 'Bearer rk_nobody' } });
    expect(refused).toMatchObject({ status: 401, body: expect.stringContaining('E_KEY_INVALID') });
    const command = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect(await ask('/relay/calls', command)).toMatchObject({ status: 400 });
  });

  it('a WebSocket, which goes on where it ended', async () => {
    const first = await listen();
    const [hello] = first.messages;
    expect(hello).toMatchObject({ type: 'hello', epoch: expect.any(String) });
    ring('first');
    await expect.poll(() => first.messages.some(({ type }) => type === 'call')).toBe(true);
    const cursor = Math.max(...first.messages.map(({ seq }) => seq ?? 0));
    first.socket.terminate();
    ring('second');
    const second = await listen(`?after=${cursor}&epoch=${hello.epoch}`);
    await expect.poll(() => second.messages.filter(({ seq }) => seq !== undefined).length).toBeGreaterThan(0);
    const entries = second.messages.filter(({ seq }) => seq !== undefined);
    expect(second.messages.some(({ type }) => type === 'gap')).toBe(false);
    expect(entries[0].prev).toBeLessThanOrEqual(cursor);
    expect(entries[0].seq).toBe(cursor + 1);
    second.socket.terminate();
  });

  it('events as they come', async () => {
    const stream = await open('/relay/events', { headers: { accept: 'text/event-stream' } });
    expect(stream.headers['content-type']).toContain('text/event-stream');
    let seen = '';
    stream.setEncoding('utf8').on('data', chunk => {
      seen += chunk;
    });
    await expect.poll(() => seen).toContain('hello');
    const before = seen.length;
    ring('third');
    // Nothing on the way waits until more has come.
    await expect.poll(() => seen.slice(before)).toMatch(/^id: /m);
    stream.destroy();
  });

  it('a large export, whole', async () => {
    const end = new Date();
    const range = `start=${new Date(end.getTime() - DAYS * 86_400_000).toISOString()}&end=${end.toISOString()}`;
    const export_ = { headers: { accept: 'text/csv' } };
    const { status, body } = await ask(`/relay/call-history?${range}`, export_);
    const direct = await rig.get(`/relay/call-history?${range}`, { accept: 'text/csv' });
    expect(status).toBe(200);
    expect(body.length).toBeGreaterThan(300_000);
    expect(body).toBe(direct.body);
  });

  it('nothing of it without TLS, nothing but the relay, and no operator', async () => {
    const plain = await fetch(`http://127.0.0.1:${web.httpPort}/relay/health`);
    expect(plain.status).toBe(403);
    expect((await ask('/')).body).toBe('3CX');
    for (const path of ['/admin/stats', '/relay/../admin/stats', '/relay/%2e%2e/admin/stats', '/relayed'])
      expect((await ask(path)).body, path).not.toMatch(/uptime|E_/);
    expect((await ask('/relay/admin/stats')).status).toBe(404);
  });

  it.runIf(OUTER_ADDRESS !== null)(
    'whoever asks is known by his address, whatever he says of it',
    async () => {
      const order = { name: 'far', permissions: ['read' as const], networks: [`${OUTER_ADDRESS}/32`] };
      const headers = { authorization: `Bearer ${await rig.newKey(order)}` };
      const address = OUTER_ADDRESS ?? '';
      expect((await ask('/relay/me', { headers, address })).status).toBe(200);
      expect((await ask('/relay/me', { headers })).status).toBe(403);
      for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded']) {
        const claim = name === 'forwarded' ? `for=${address}` : address;
        expect((await ask('/relay/me', { headers: { ...headers, [name]: claim } })).status, name).toBe(403);
        const other = { ...headers, [name]: claim.replace(address, '203.0.113.9') };
        expect((await ask('/relay/me', { headers: other, address })).status, name).toBe(200);
      }
    },
  );
});
