import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/daemon/config/config.ts';
import { AppError, ERRORS, type ErrorCode } from '../../src/shared/errors.ts';
import { CLOSE } from '../../src/shared/relay-api.ts';
import { Desk } from '../operators/kit.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { opened, PATIENCE, QUICK_SOURCE, RawClient, ring } from './fault-kit.ts';

/**
 * Every code of the two tables, with what produces it. A code that is added there and not here does not compile; one
 * that nothing can produce any more fails.
 */
let rig: RelayRig;
const streams = new AbortController();

beforeAll(async () => {
  rig = await RelayRig.start(
    { knobs: { answerAfterSeconds: 600 } },
    { WS_MAX_PER_KEY: '2', WS_HANDSHAKES_PER_SECOND: '20', ALLOWED_ORIGINS: 'https://crm.example.com' },
    {
      sourceLimits: QUICK_SOURCE,
      relayLimits: {
        http: { headersTimeout: 200, connectionsCheckingInterval: 50 },
        session: { pingMs: 100, pongWithinMs: 80 },
      },
    },
  );
  await rig.seesCalls();
});
afterAll(async () => {
  streams.abort();
  await rig.stop();
});

interface Told {
  status: number;
  code: string;
}

async function asked(...order: Parameters<RelayRig['ask']>): Promise<Told> {
  const { status, body } = await rig.ask(...order);
  return { status, code: body.code };
}

async function typed(text: string): Promise<Told> {
  const client = new RawClient(rig.daemon.relayUrl);
  client.send(text);
  await expect.poll(() => client.text, PATIENCE).toContain('"requestId"');
  client.destroy();
  const [, status, code] = /^HTTP\/1.1 (\d+) [\s\S]*"code":"(\w+)"/.exec(client.text) ?? [];
  return { status: Number(status), code: code ?? '' };
}

const call = { from: '101', to: '102' };

async function whilePbx(knobs: Record<string, unknown>, work: () => Promise<Told>): Promise<Told> {
  rig.simulator.pbx.knobs.turn(knobs);
  return work().finally(() => rig.simulator.pbx.knobs.reset());
}

async function withoutLog<Result>(work: () => Promise<Result>): Promise<Result> {
  const other = new Sqlite(`${rig.home}/journal.db`, { timeout: 5000 });
  other.exec('ALTER TABLE journal RENAME TO hidden');
  return work().finally(() => {
    other.exec('ALTER TABLE hidden RENAME TO journal');
    other.close();
  });
}

async function keyed(
  order: Parameters<RelayRig['newKey']>[0],
): Promise<{ id: string; headers: Record<string, string> }> {
  const key = await rig.newKey(order);
  return { id: key.split('_')[1] ?? '', headers: { authorization: `Bearer ${key}` } };
}

/** Told by commands, whose own tests produce them. */
type CommandCode = 'E_BACKUP';
type RelayCode = Exclude<ErrorCode, CommandCode>;

async function atDesk(work: (desk: Desk) => unknown): Promise<Told> {
  const desk = new Desk();
  try {
    await work(desk);
  } catch (error) {
    if (error instanceof AppError) return { status: error.kind.status, code: error.code };
  } finally {
    await desk.close();
  }
  return { status: 0, code: '' };
}

const PRODUCED: Record<RelayCode, () => Promise<Told>> = {
  E_BAD_REQUEST: () => asked('GET', '/relay/events?limit=0'),
  E_UNKNOWN_PARAMETER: () => asked('GET', '/relay/events?limits=1'),
  E_KEY_MISSING: () => asked('GET', '/relay/me', { headers: { authorization: '' } }),
  E_KEY_INVALID: () => asked('GET', '/relay/me', { headers: { authorization: 'Bearer rk_none' } }),
  E_KEY_EXPIRED: async () => {
    const { id, headers } = await keyed({ name: 'ended', permissions: ['read'] });
    await rig.get('/relay/me', headers);
    rig.daemon.keys.revoke(id);
    return asked('GET', '/relay/me', { headers });
  },
  E_FORBIDDEN: async () => {
    const { headers } = await keyed({ name: 'reader', permissions: ['read'] });
    return asked('POST', '/relay/calls', { headers, body: call });
  },
  // Asked of the parts themselves: both come out over the control socket only.
  E_LOGIN_FAILED: () =>
    atDesk(({ operators }) =>
      operators.login({ name: 'nobody', password: 'no password at all', address: 'control-socket' }),
    ),
  E_LOGIN_NEEDED: () => atDesk(({ operators }) => operators.verify('nonsense')),
  E_ORIGIN: () => asked('GET', '/relay/me', { headers: { origin: 'https://evil.example' } }),
  E_NOT_FOUND: () => asked('GET', '/relay/nowhere'),
  E_METHOD: () => asked('DELETE', '/relay/me'),
  E_TIMEOUT: () => typed('GET /relay/health HTTP/1.1\r\n'),
  E_CONFLICT: async () => {
    const { call: name, number } = ring(rig);
    const found = async () =>
      (await rig.get('/relay/active-calls')).body.calls.find(
        (one: { from: { number: string }; state: string }) =>
          one.from.number === number && one.state === 'connected',
      );
    rig.act({ do: 'answer', call: name, dn: '101' });
    await expect.poll(found, PATIENCE).toBeDefined();
    const { id } = await found();
    const told = await asked('POST', `/relay/active-calls/${id}/answer`, { body: {} });
    rig.act({ do: 'hangUp', call: name, by: 'caller' });
    return told;
  },
  E_TOO_LARGE: () => asked('POST', '/relay/calls', { body: { ...call, more: 'x'.repeat(70_000) } }),
  E_MEDIA_TYPE: () =>
    asked('POST', '/relay/calls', { headers: { 'content-type': 'text/plain' }, body: 'call' }),
  E_HEADERS_TOO_LARGE: () => typed(`GET /relay/me HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
  E_REFUSED_BY_PBX: () => asked('POST', '/relay/calls', { body: { from: '101', to: '101' } }),
  E_RATE_LIMITED: async () => {
    const { headers } = await keyed({ name: 'once', permissions: ['read'], ratePerMinute: 1 });
    await asked('GET', '/relay/me', { headers });
    return asked('GET', '/relay/me', { headers });
  },
  E_TOO_MANY_CLIENTS: async () => {
    const { headers } = await keyed({ name: 'streams', permissions: ['read'] });
    const accept = { ...headers, accept: 'text/event-stream' };
    for (let open = 0; open < 2; open++)
      await fetch(`${rig.daemon.relayUrl}/relay/events`, { headers: accept, signal: streams.signal });
    return asked('GET', '/relay/events', { headers: accept });
  },
  E_INTERNAL: () => withoutLog(() => asked('GET', '/relay/events')),
  E_NOT_SUPPORTED: () =>
    whilePbx({ licence: 'pro' }, async () => {
      // Only a new token tells of the licence.
      await rig.simulator.breakIt('revokeTokens');
      return asked('POST', '/relay/calls', { body: call });
    }),
  E_UPSTREAM: () =>
    whilePbx({ httpStatus: 500, httpPath: '/callcontrol/101' }, () =>
      asked('POST', '/relay/calls', { body: call }),
    ),
  E_UNAVAILABLE: async () => {
    const { headers } = await keyed({ name: 'storm', permissions: ['read'] });
    const all = Array.from({ length: 50 }, () => rig.connect('', headers));
    const refused = () => all.find(one => one.refusal === 503 && one.refusalBody.includes('"requestId"'));
    await expect.poll(refused, PATIENCE).toBeDefined();
    for (const one of all) one.close();
    // The next ones are let in again only when the second is over.
    await expect
      .poll(async () => {
        const next = rig.connect('', headers);
        await expect.poll(() => next.refusal + next.of('hello').length, PATIENCE).toBeGreaterThan(0);
        next.close();
        return next.refusal;
      }, PATIENCE)
      .toBe(0);
    return { status: 503, code: JSON.parse(refused()?.refusalBody ?? '{}').code };
  },
  E_UPSTREAM_TIMEOUT: () =>
    whilePbx({ httpStatus: 504, httpPath: '/callcontrol/101' }, () =>
      asked('POST', '/relay/calls', { body: call }),
    ),
  // Nobody asks a daemon that did not start; the other way to see it is exit code 78, in life.test.ts.
  E_CONFIG: async () => {
    try {
      loadConfig({ environment: {} });
    } catch (error) {
      if (error instanceof AppError) return { status: error.kind.status, code: error.code };
    }
    return { status: 0, code: '' };
  },
};

describe('every error code is produced', () => {
  it.each(Object.keys(PRODUCED) as RelayCode[])('%s', async code => {
    expect(await PRODUCED[code]()).toEqual({ status: ERRORS[code].status, code });
  });
});

async function closing(
  work: (socket: RelaySocket) => unknown,
  order: { query?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  const { headers } = await keyed({ name: 'closing', permissions: ['read'] });
  const socket = rig.connect(order.query ?? '', order.headers ?? headers);
  await opened(socket);
  await work(socket);
  await expect.poll(() => socket.closeCode, PATIENCE).toBeGreaterThan(0);
  return socket.closeCode;
}

const CLOSED: Record<keyof typeof CLOSE, (() => Promise<number>) | string> = {
  // By an operator.
  goingAway: '../control/clients.test.ts',
  tooBig: () => closing(socket => socket.send('x'.repeat(70_000))),
  internal: () => withoutLog(() => closing(() => {}, { query: '?after=0' })),
  restart: async () => {
    const other = await RelayRig.start();
    const socket = await opened(other.connect());
    await other.stop();
    await expect.poll(() => socket.closeCode, PATIENCE).toBeGreaterThan(0);
    return socket.closeCode;
  },
  // It takes a while to fill all buffers on the way: that story has its own place.
  tooSlow: 'closings.test.ts',
  badMessage: () => closing(socket => socket.send('nonsense')),
  keyInvalid: async () => {
    const { id, headers } = await keyed({ name: 'ended', permissions: ['read'] });
    return closing(() => rig.daemon.keys.revoke(id), { headers });
  },
  notPermitted: async () => {
    const { headers } = await keyed({ name: 'one phone', permissions: ['read'], extensions: ['105'] });
    return closing(socket => socket.send({ type: 'subscribe', dns: ['101'] }), { headers });
  },
  timeout: async () => {
    const client = await RawClient.upgraded(rig);
    await expect.poll(() => client.closeCode, PATIENCE).not.toBeNull();
    client.destroy();
    return client.closeCode ?? 0;
  },
  tooMany: () =>
    closing(socket => {
      for (let count = 0; count < 40; count++) socket.send({ type: 'ack', seq: count });
    }),
};

describe('every close code is produced', () => {
  it.each(Object.keys(CLOSED) as (keyof typeof CLOSE)[])('%s', async name => {
    const produce = CLOSED[name];
    if (typeof produce === 'string') {
      expect(readFileSync(join(import.meta.dirname, produce), 'utf8')).toContain(`toBe(${CLOSE[name]})`);
    } else {
      expect(await produce()).toBe(CLOSE[name]);
    }
  });

  it('and every error that may end a stream names one of them', () => {
    const known = new Set<number>(Object.values(CLOSE));
    const named = Object.values(ERRORS).flatMap(kind => ('close' in kind ? [kind.close] : []));
    expect(named.filter(code => !known.has(code))).toEqual([]);
  });
});
