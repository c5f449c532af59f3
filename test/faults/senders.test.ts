import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { hasRoom, hearsCalls, opened, PATIENCE, RawClient } from './fault-kit.ts';

/** Slow, endless and oversized requests; another client stands by and must not notice anything. */
let rig: RelayRig;
let witness: RelaySocket;
const clients: RawClient[] = [];

beforeAll(async () => {
  const http = {
    headersTimeout: 300,
    requestTimeout: 600,
    connectionsCheckingInterval: 50,
    keepAliveTimeout: 400,
    connectionsMax: 2,
  };
  rig = await RelayRig.start({}, {}, { relayLimits: { http } });
  await rig.seesCalls();
  witness = await opened(rig.connect());
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await isLetGo();
});
afterAll(async () => {
  await hearsCalls(rig, witness);
  expect(witness.closeCode).toBe(0);
  // Whatever others send wrong is no failure on our side.
  expect(rig.logged.filter(line => line.includes('"level":50'))).toEqual([]);
  witness.close();
  await rig.stop();
});

function client(text: string): RawClient {
  const one = new RawClient(rig.daemon.relayUrl);
  clients.push(one);
  one.send(text);
  return one;
}

function post(length = 'Content-Length: 1000'): string {
  const lines = [
    'POST /relay/calls HTTP/1.1',
    'Host: relay',
    `Authorization: Bearer ${rig.key}`,
    'Content-Type: application/json',
    length,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function answered(one: RawClient, status: number, code: string): Promise<void> {
  await expect.poll(() => one.text, PATIENCE).toContain(`"${code}"`);
  expect(one.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(one.text).toContain('application/problem+json; charset=utf-8');
  expect(one.text).toContain('X-Content-Type-Options: nosniff');
}

/** Only the witness and one more have room here. */
const isLetGo = () => vi.waitUntil(() => hasRoom(rig), PATIENCE);

describe('a slow sender', () => {
  it('of headers is told that it took too long, and let go', async () => {
    const one = client('GET /relay/health HTTP/1.1\r\n');
    const drip = setInterval(() => one.send('X-Drip: 1\r\n'), 50);
    await answered(one, 408, 'E_TIMEOUT');
    clearInterval(drip);
    await isLetGo();
  });

  it('of a body is told that it took too long, and let go', async () => {
    const one = client(post());
    const drip = setInterval(() => one.send('{'), 50);
    await answered(one, 408, 'E_TIMEOUT');
    clearInterval(drip);
    await isLetGo();
  });

  it('of nothing at all is let go', async () => {
    client('');
    await isLetGo();
  });

  it('that leaves in the middle of its body leaves no trace', async () => {
    const one = client(post());
    one.send('{"from":');
    await one.connected();
    await new Promise(resolve => one.socket.write('"101"', resolve));
    one.destroy();
    await hearsCalls(rig, witness);
  });
});

describe('a request too large is refused, with a reason', () => {
  it('for its headers together', async () => {
    const one = client(`GET /relay/health HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    await answered(one, 431, 'E_HEADERS_TOO_LARGE');
    await isLetGo();
  });

  it('for its address', async () => {
    await answered(client(`GET /relay/${'x'.repeat(20_000)}`), 431, 'E_HEADERS_TOO_LARGE');
  });

  it('for the number of its headers, which are not silently left out', async () => {
    const many = (count: number): string => Array.from({ length: count }, (_, n) => `X-${n}: 1\r\n`).join('');
    const one = client(`GET /relay/health HTTP/1.1\r\nHost: x\r\n${many(150)}\r\n`);
    await answered(one, 431, 'E_HEADERS_TOO_LARGE');
    await isLetGo();
    const allowed = client(`GET /relay/health HTTP/1.1\r\nHost: x\r\n${many(90)}\r\n`);
    await expect.poll(() => allowed.text, PATIENCE).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['that says so', 'Content-Length: 5000000'],
    ['that comes in pieces without an end', 'Transfer-Encoding: chunked'],
  ])('for a body %s, which is read although more is being sent', async (_, length) => {
    const one = client(post(length));
    const piece = `${(16_384).toString(16)}\r\n${' '.repeat(16_384)}\r\n`;
    const sending = setInterval(() => one.send(piece), 1);
    await answered(one, 413, 'E_TOO_LARGE');
    await expect.poll(() => one.isClosed || one.hasEnded, PATIENCE).toBe(true);
    clearInterval(sending);
  });
});

describe('what is no request', () => {
  it.each(['\x16\x03\x01\x02\x00 hello', 'NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n'])(
    '%j is told so, and let go although it does not hang up',
    async text => {
      const one = client(text);
      await answered(one, 400, 'E_BAD_REQUEST');
      await isLetGo();
    },
  );

  it('behind a good request does not disturb the stream that answers it', async () => {
    const one = client(
      `GET /relay/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${rig.key}\r\n\r\n`,
    );
    await expect.poll(() => one.text, PATIENCE).toContain('retry:');
    one.send('garbage garbage\r\n\r\n');
    await expect.poll(() => one.hasEnded || one.isClosed, PATIENCE).toBe(true);
    expect(one.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('a connection that is kept', () => {
  it('answers request after request in order, also those sent ahead, and ends when it idles', async () => {
    const paths = ['/relay/health', '/relay/nowhere', '/relay/openapi.json', '/relay/health'];
    const one = client(paths.map(path => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    const statuses = () => [...one.text.matchAll(/HTTP\/1.1 (\d+) /g)].map(match => match[1]);
    await expect.poll(statuses, PATIENCE).toEqual(['200', '404', '200', '200']);
    one.send('GET /relay/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(statuses, PATIENCE).toHaveLength(5);
    await expect.poll(() => one.hasEnded || one.isClosed, PATIENCE).toBe(true);
  });

  it('is renewed after a thousand requests', async () => {
    const one = client('GET /relay/nowhere HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    await expect.poll(() => one.hasEnded || one.isClosed, PATIENCE).toBe(true);
    expect(one.text.match(/HTTP\/1.1 404 /g)).toHaveLength(1000);
    expect(one.text.match(/^Connection: close/gm)).toHaveLength(1);
  });
});

it('a connection is let go when nobody takes the answers', async () => {
  const http = { timeout: 500, connectionsMax: 1 };
  const other = await RelayRig.start({}, {}, { relayLimits: { http } });
  const one = new RawClient(other.daemon.relayUrl);
  one.socket.pause();
  one.send('GET /relay/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(250));
  expect(await hasRoom(other)).toBe(false);
  await expect.poll(() => hasRoom(other), PATIENCE).toBe(true);
  one.destroy();
  await other.stop();
});
