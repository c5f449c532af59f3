import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { DaemonOverrides } from '../../src/daemon/relay/overrides.ts';
import { Operating } from '../control/kit.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { frame, hearsCalls, OPCODE, opened, PATIENCE, RawClient, ring, SteppedClock } from './fault-kit.ts';

/** How a stream ends: with exactly one close code, and none of the others notices. */
let rig: RelayRig;
let witness: RelaySocket;
const sockets: RelaySocket[] = [];

async function start(
  variables: Record<string, string> = {},
  overrides: Partial<DaemonOverrides> = {},
): Promise<void> {
  rig = await RelayRig.start({}, variables, overrides);
  await rig.seesCalls();
  witness = await opened(connect());
}

afterEach(async () => {
  await hearsCalls(rig, witness);
  expect(witness.closeCode).toBe(0);
  for (const socket of sockets.splice(0)) socket.close();
  await rig.stop();
});

function connect(query = '', key = rig.key): RelaySocket {
  const socket = rig.connect(query, { authorization: `Bearer ${key}` });
  sockets.push(socket);
  return socket;
}

async function eventStream(key: string, query = ''): Promise<{ text: () => string; isOver: () => boolean }> {
  const response = await fetch(`${rig.daemon.relayUrl}/relay/events${query}`, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
  });
  expect(response.status).toBe(200);
  let text = '';
  let isOver = false;
  void (async () => {
    try {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    } catch {
      // Torn off: over as well.
    }
    isOver = true;
  })();
  return { text: () => text, isOver: () => isOver };
}

describe('a client that only listens', () => {
  const session = { pingMs: 150, pongWithinMs: 100 };

  it('stays for ever: it never has to say anything, its library answers the pings', async () => {
    await start({}, { relayLimits: { session } });
    const silent = await opened(connect('?types=gap'));
    await expect.poll(() => silent.of('heartbeat').length, PATIENCE).toBeGreaterThan(5);
    expect(silent.closeCode).toBe(0);
  });

  it('and answers no ping either is closed with 4408', async () => {
    await start({}, { relayLimits: { session } });
    const dead = await RawClient.upgraded(rig);
    await expect.poll(() => dead.closeCode, PATIENCE).toBe(4408);
    await expect.poll(() => dead.hasEnded || dead.isClosed, PATIENCE).toBe(true);
    // One that answers late, but in time, is left alone.
    const slow = await RawClient.upgraded(rig);
    const pings = () => slow.frames.filter(({ opcode }) => opcode === OPCODE.ping).length;
    for (let answered = 0; answered < 4; answered++) {
      await expect.poll(pings, PATIENCE).toBeGreaterThan(answered);
      slow.send(frame(OPCODE.pong));
    }
    expect(slow.closeCode).toBeNull();
    slow.destroy();
  });
});

describe('a key that ends while its streams are open', () => {
  it('by its date: WebSocket and event stream end within a second, and it does not come in again', async () => {
    await start();
    const expiresAt = Date.now() + 1500;
    const key = await rig.newKey({ name: 'short', permissions: ['read'], expiresAt });
    const socket = await opened(connect('', key));
    const stream = await eventStream(key);
    await expect.poll(() => socket.closeCode, PATIENCE).toBe(4401);
    const late = Date.now() - expiresAt;
    expect(late).toBeGreaterThanOrEqual(-20);
    expect(late).toBeLessThan(1000);
    await expect.poll(() => stream.isOver(), PATIENCE).toBe(true);
    const again = connect('', key);
    await expect.poll(() => again.refusalBody, PATIENCE).toContain('E_KEY_EXPIRED');
  });

  it('by revocation: the event stream ends too', async () => {
    await start();
    const key = await rig.newKey({ name: 'short', permissions: ['read'] });
    const socket = await opened(connect('', key));
    const stream = await eventStream(key);
    rig.daemon.keys.revoke(key.split('_')[1] ?? '');
    await expect.poll(() => [socket.closeCode, stream.isOver()], PATIENCE).toEqual([4401, true]);
  });
});

describe('a client that asks for what its key may not have', () => {
  it('is told so instead of waiting for what never comes: 4403, before the upgrade 403', async () => {
    await start();
    const key = await rig.newKey({ name: 'one phone', permissions: ['read'], extensions: ['105'] });
    const headers = { authorization: `Bearer ${key}` };
    const allowed = await opened(connect('?dns=105', key));
    allowed.send({ type: 'subscribe', dns: ['105'] });
    allowed.send({ type: 'ping', id: 1 });
    await expect.poll(() => allowed.of('pong').length, PATIENCE).toBe(1);
    allowed.send({ type: 'subscribe', dns: ['105', '101'] });
    await expect.poll(() => allowed.closeCode, PATIENCE).toBe(4403);

    const refused = connect('?dns=101', key);
    await expect.poll(() => refused.refusalBody, PATIENCE).toContain('E_FORBIDDEN');
    expect(refused.refusal).toBe(403);
    for (const accept of ['application/json', 'text/event-stream']) {
      const reply = await rig.get('/relay/events?dns=101', { ...headers, accept });
      expect([reply.status, reply.body.code]).toEqual([403, 'E_FORBIDDEN']);
      expect(reply.body.detail).toContain('101');
    }
  });
});

describe('a client that takes nothing', () => {
  const clock = new SteppedClock();

  /** Reads nothing while more comes than all buffers on the way hold. */
  async function stalled(): Promise<RawClient> {
    const client = await RawClient.upgraded(rig);
    client.socket.pause();
    const before = witness.entries.length;
    for (let count = 0; count < 3; count++) await rig.simulator.breakIt('hugeFrame', { bytes: 4_000_000 });
    await expect
      .poll(
        () => witness.entries.slice(before).filter(one => JSON.stringify(one).length > 1_000_000).length,
        {
          ...PATIENCE,
          interval: 200,
        },
      )
      .toBe(3);
    return client;
  }

  it('is cut after 30 s, counted, and finds all it missed when it comes back', async () => {
    await start({}, { clock });
    const client = await stalled();
    const cursor = witness.messages[0].head;
    const slow = async () =>
      /relay_slow_clients_total (\d+)/.exec((await rig.get('/relay/metrics')).body)?.[1];
    expect(await slow()).toBe('0');
    clock.pass(31_000);
    await expect.poll(slow, PATIENCE).toBe('1');
    expect(rig.logged.some(line => line.includes('"wasSlow":true'))).toBe(true);
    const { body } = await new Operating(rig).get('/admin/conditions');
    const [, id] = /^rk_([^_]+)_/.exec(rig.key) ?? [];
    expect(body.current).toContainEqual(
      expect.objectContaining({ code: 'SLOW_CLIENTS', detail: expect.stringContaining(`the key ${id}`) }),
    );
    client.destroy();
    const again = await opened(connect(`?after=${cursor}`));
    await expect.poll(() => again.entries.at(-1)?.seq, PATIENCE).toBe(witness.entries.at(-1).seq);
    expect(again.entries.map(one => one.seq)).toEqual(witness.entries.map(one => one.seq));
  });

  it('and falls behind the log is closed with 1013, and told what is gone when it comes back', async () => {
    await start({ JOURNAL_MAX_EVENTS: '1000' });
    const cursor = witness.messages[0].head;
    const client = await stalled();
    for (let count = 0; count < 1200; count++) await rig.simulator.breakIt('unknownEvent', { eventType: 50 });
    await expect
      .poll(async () => (await rig.get('/relay/events?limit=1')).body.oldest, PATIENCE)
      .toBeGreaterThan(cursor + 100);
    client.socket.resume();
    await expect.poll(() => client.closeCode, PATIENCE).toBe(1013);
    const again = await opened(connect(`?after=${cursor}`));
    await expect
      .poll(() => again.of('gap')[0], PATIENCE)
      .toMatchObject({ scope: 'client', reason: 'expired' });
  });
});

describe('a log that cannot be read', () => {
  it('ends the streams that need it with 1011, answers 500, and all is well when it is back', async () => {
    await start();
    const cursor = witness.messages[0].head;
    const other = new Sqlite(`${rig.home}/journal.db`, { timeout: 5000 });
    other.exec('ALTER TABLE journal RENAME TO hidden');
    const reader = connect('?after=0');
    await expect.poll(() => reader.closeCode, PATIENCE).toBe(1011);
    const stream = await eventStream(rig.key, '?after=0');
    await expect.poll(() => stream.isOver(), PATIENCE).toBe(true);
    const page = await rig.get('/relay/events');
    expect([page.status, page.body.code]).toEqual([500, 'E_INTERNAL']);
    expect(JSON.stringify(page.body)).not.toContain('no such table');
    expect(rig.logged.filter(line => line.includes('no such table')).length).toBeGreaterThan(0);

    // Who is level needs no log: events go on, from memory, and say so.
    await hearsCalls(rig, witness);
    const hello = (await opened(connect())).messages[0];
    expect(hello.durable).toBe(false);
    other.exec('ALTER TABLE hidden RENAME TO journal');
    other.close();
    const again = await opened(connect(`?after=${cursor}`));
    const { call } = ring(rig, '102');
    await expect.poll(() => again.entries.at(-1)?.seq, PATIENCE).toBe(witness.entries.at(-1).seq);
    expect(again.entries.map(one => one.seq)).toEqual(witness.entries.map(one => one.seq));
    rig.act({ do: 'hangUp', call, by: 'caller' });
  });
});
