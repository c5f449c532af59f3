import { afterEach, describe, expect, it } from 'vitest';
import type { DaemonOverrides } from '../../src/daemon/relay/overrides.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { hasRoom, opened, PATIENCE, RawClient, SteppedClock, upgradeText } from './fault-kit.ts';

/** Who is not let go keeps everybody else out. */
const ONE_PLACE = { connectionsMax: 1 };

let rig: RelayRig;
const sockets: RelaySocket[] = [];
const raws: RawClient[] = [];

async function start(
  variables: Record<string, string> = {},
  overrides: Partial<DaemonOverrides> = {},
): Promise<void> {
  rig = await RelayRig.start({}, variables, overrides);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const raw of raws.splice(0)) raw.destroy();
  await rig.stop();
});

/** From an address of its own, as the proxy on this machine would pass it on. */
function connectFrom(address: string, key = rig.key): RelaySocket {
  const socket = rig.connect('', { authorization: `Bearer ${key}`, 'x-forwarded-for': address });
  sockets.push(socket);
  return socket;
}

async function raw(text: string): Promise<RawClient> {
  const client = new RawClient(rig.daemon.relayUrl);
  raws.push(client);
  client.send(text);
  await client.connected();
  return client;
}

async function refused(socket: RelaySocket, status: number): Promise<string> {
  await expect.poll(() => socket.refusalBody, PATIENCE).toContain('"code"');
  expect(socket.refusal).toBe(status);
  expect(socket.refusalHeaders['content-type']).toBe('application/problem+json; charset=utf-8');
  return JSON.parse(socket.refusalBody).code;
}

/** Answered, closed, and let go although the client never closes its own side. */
async function answeredAndLetGo(client: RawClient, status: number, code: string): Promise<void> {
  await expect.poll(() => client.text, PATIENCE).toContain(`"${code}"`);
  expect(client.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  await expect.poll(() => hasRoom(rig), PATIENCE).toBe(true);
}

describe('as many connections as there may be', () => {
  it('are counted by address, by key and in all, for sockets and event streams alike', async () => {
    await start({ WS_MAX_CLIENTS: '4', WS_MAX_PER_KEY: '3', WS_MAX_PER_IP: '2' });
    const other = await rig.newKey({ name: 'other', permissions: ['read'] });
    const first = await opened(connectFrom('192.0.2.1'));
    await opened(connectFrom('192.0.2.1'));
    const isAddressFull = connectFrom('192.0.2.1');
    expect(await refused(isAddressFull, 429)).toBe('E_TOO_MANY_CLIENTS');
    expect(Number(isAddressFull.refusalHeaders['retry-after'])).toBeGreaterThanOrEqual(2);

    const stream = new AbortController();
    const asStream = (address: string) => ({
      headers: {
        authorization: `Bearer ${rig.key}`,
        accept: 'text/event-stream',
        'x-forwarded-for': address,
      },
      signal: stream.signal,
    });
    const open = await fetch(`${rig.daemon.relayUrl}/relay/events`, asStream('192.0.2.2'));
    expect(open.status).toBe(200);
    // Now the key is full, whatever the address, for either kind.
    expect(await refused(connectFrom('192.0.2.3'), 429)).toBe('E_TOO_MANY_CLIENTS');
    const tooMany = await fetch(`${rig.daemon.relayUrl}/relay/events`, asStream('192.0.2.3'));
    expect(tooMany.status).toBe(429);
    expect(Number(tooMany.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
    expect(await tooMany.json()).toMatchObject({ code: 'E_TOO_MANY_CLIENTS' });

    await opened(connectFrom('192.0.2.3', other));
    // Now everything is full, also for a key and an address with room.
    expect(await refused(connectFrom('192.0.2.4', other), 429)).toBe('E_TOO_MANY_CLIENTS');
    expect((await rig.get('/relay/me')).status).toBe(200);

    first.close();
    stream.abort();
    await expect
      .poll(async () => {
        const again = connectFrom('192.0.2.1');
        await expect.poll(() => again.refusal + again.of('hello').length, PATIENCE).toBeGreaterThan(0);
        return again.refusal;
      })
      .toBe(0);
  });

  it('stay so when the last place is asked for by several at once: 4429 for who is late', async () => {
    await start({ WS_MAX_PER_KEY: '2' });
    // All wait for the same check of a key nobody has used yet, and pass the door together.
    const key = await rig.newKey({ name: 'new', permissions: ['read'] });
    const all = Array.from({ length: 5 }, () => connectFrom('192.0.2.1', key));
    await expect
      .poll(() => all.map(one => one.closeCode || one.of('hello').length).toSorted(), PATIENCE)
      .toEqual([1, 1, 4429, 4429, 4429]);
  });
});

describe('a storm of connections', () => {
  it('is sent away to come back spread over some seconds, and then everybody gets in', async () => {
    const clock = new SteppedClock();
    await start({ WS_HANDSHAKES_PER_SECOND: '5' }, { clock });
    await rig.get('/relay/me');
    let outside = Array.from({ length: 20 }, () => connectFrom('192.0.2.1'));
    const inside: RelaySocket[] = [];
    const waits = new Set<number>();
    for (let round = 0; outside.length > 0; round++) {
      expect(round).toBeLessThan(5);
      await expect
        .poll(() => outside.every(one => one.refusalBody !== '' || one.of('hello').length > 0), PATIENCE)
        .toBe(true);
      inside.push(...outside.filter(one => one.refusal === 0));
      const sentAway = outside.filter(one => one.refusal !== 0);
      for (const one of sentAway) {
        expect([one.refusal, JSON.parse(one.refusalBody).code]).toEqual([503, 'E_UNAVAILABLE']);
        const wait = Number(one.refusalHeaders['retry-after']);
        expect(wait).toBeGreaterThanOrEqual(2);
        expect(wait).toBeLessThanOrEqual(10);
        waits.add(wait);
      }
      clock.pass(10_000);
      outside = sentAway.map(() => connectFrom('192.0.2.1'));
    }
    expect(inside).toHaveLength(20);
    expect(waits.size).toBeGreaterThan(2);
    expect(inside.every(one => one.closeCode === 0)).toBe(true);
  });
});

describe('a handshake that does not come to its end', () => {
  it('because half of the request never comes: 408', async () => {
    await start(
      {},
      { relayLimits: { http: { ...ONE_PLACE, headersTimeout: 300, connectionsCheckingInterval: 50 } } },
    );
    const client = await raw(upgradeText({}).slice(0, 60));
    await answeredAndLetGo(client, 408, 'E_TIMEOUT');
  });

  it('because it takes us too long to know the key: 408, and the next attempt finds it known', async () => {
    await start({}, { relayLimits: { handshakeWithinMs: 10 } });
    const late = connectFrom('192.0.2.1');
    expect(await refused(late, 408)).toBe('E_TIMEOUT');
    await expect
      .poll(async () => {
        const again = connectFrom('192.0.2.1');
        await expect.poll(() => again.refusal + again.of('hello').length, PATIENCE).toBeGreaterThan(0);
        return again.refusal;
      }, PATIENCE)
      .toBe(0);
  });

  it('because it is refused: who does not hang up is let go', async () => {
    await start({}, { relayLimits: { http: ONE_PLACE } });
    await answeredAndLetGo(await raw(upgradeText({})), 401, 'E_KEY_MISSING');
    await answeredAndLetGo(await raw(upgradeText({ path: '/relay/nowhere' })), 404, 'E_NOT_FOUND');
  });

  it('because it is no request that an honest client makes', async () => {
    await start({}, { relayLimits: { http: ONE_PLACE } });
    const headers = [`Authorization: Bearer ${rig.key}`];
    const twoHosts = await raw(upgradeText({ headers: [...headers, 'Host: other'] }));
    await answeredAndLetGo(twoHosts, 400, 'E_BAD_REQUEST');
    const noKey = await raw(upgradeText({ headers }).replace(/Sec-WebSocket-Key: .*\r\n/, ''));
    await expect.poll(() => noKey.text, PATIENCE).toMatch(/^HTTP\/1.1 400 /);
    const oldVersion = await raw(upgradeText({ headers }).replace('Version: 13', 'Version: 7'));
    await expect.poll(() => oldVersion.text, PATIENCE).toMatch(/^HTTP\/1.1 (400|426) /);
  });
});

describe('who may come in', () => {
  it('is decided by Origin where there is one', async () => {
    await start({ ALLOWED_ORIGINS: 'https://crm.example.com' });
    const from = (origin: string): RelaySocket => {
      const socket = rig.connect('', { authorization: `Bearer ${rig.key}`, origin });
      sockets.push(socket);
      return socket;
    };
    expect(await refused(from('https://crm.example.com.evil.example'), 403)).toBe('E_ORIGIN');
    expect(await refused(from('null'), 403)).toBe('E_ORIGIN');
    await opened(from('https://crm.example.com'));
  });

  it('a client that offers HTTP/2 on the way is answered as it asks otherwise', async () => {
    await start();
    const client = await raw(
      'GET /relay/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    await expect.poll(() => client.text, PATIENCE).toMatch(/^HTTP\/1.1 (200|503) [\s\S]*"status":/);
  });
});
