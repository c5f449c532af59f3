import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

async function turn(knobs: Record<string, unknown>): Promise<void> {
  expect((await rig.control('PATCH', '/knobs', knobs)).status).toBe(200);
}

async function breakIt(name: string, order?: unknown): Promise<void> {
  expect(await rig.control('POST', `/break/${name}`, order)).toMatchObject({
    status: 200,
    body: { done: name },
  });
}

async function act(action: Record<string, unknown>): Promise<void> {
  expect((await rig.control('POST', '/act', action)).body).toEqual({ done: true });
}

async function ringAt101(call = 'x'): Promise<void> {
  await act({ do: 'dial', call, by: '102', to: '101' });
}

/** A socket whose messages, close code and pongs can be looked at. */
async function openSocket() {
  const headers = { authorization: `Bearer ${await rig.client.token()}` };
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers });
  const seen = { messages: [] as string[], closeCode: 0, pongs: 0 };
  socket.on('error', () => {});
  socket.on('message', data => seen.messages.push(String(data)));
  socket.on('pong', () => {
    seen.pongs += 1;
  });
  socket.on('close', code => {
    seen.closeCode = code;
  });
  await new Promise(resolve => socket.once('open', resolve));
  return { socket, seen };
}

describe('the socket', () => {
  it('is cut in the middle of a frame', async () => {
    const { seen } = await openSocket();
    await breakIt('cutSockets');
    await expect.poll(() => seen.closeCode).toBe(1006);
    expect(seen.messages).toEqual([]);
  });

  it('is closed with a code', async () => {
    const { seen } = await openSocket();
    await breakIt('closeSockets', { code: 1011 });
    await expect.poll(() => seen.closeCode).toBe(1011);
  });

  it('is a zombie: it pongs and says nothing, and what it kept back never comes', async () => {
    const { socket, seen } = await openSocket();
    await turn({ socketZombie: true });
    await ringAt101('lost');
    socket.ping();
    await expect.poll(() => seen.pongs).toBe(1);
    await turn({ socketZombie: false });
    await act({ do: 'hangUp', call: 'lost', by: 'caller' });
    await expect.poll(() => seen.messages.length).toBe(2);
    expect(seen.messages.every(text => text.includes('"event_type":1'))).toBe(true);
    socket.terminate();
  });

  it('is half-open: no pong, no event, and TCP stays open', async () => {
    const { socket, seen } = await openSocket();
    await turn({ socketHalfOpen: true });
    socket.ping();
    await ringAt101();
    const other = await rig.get('/callcontrol/101/participants');
    expect(other.body).toHaveLength(1);
    expect({ ...seen, state: socket.readyState }).toEqual({
      messages: [],
      pongs: 0,
      closeCode: 0,
      state: WebSocket.OPEN,
    });
    await turn({ socketHalfOpen: false });
    await expect.poll(() => seen.pongs).toBe(1);
    socket.terminate();
  });

  it('misses removes, repeats upserts, and comes late', async () => {
    const { socket, seen } = await openSocket();
    await turn({ socketMissedRemoves: 1, socketRepeats: 2, socketDelayMs: 30 });
    await ringAt101();
    await act({ do: 'hangUp', call: 'x', by: 'caller' });
    await turn({ socketRepeats: 0 });
    await act({ do: 'dial', call: 'y', by: '103', to: '104' });
    await expect.poll(() => seen.messages.length).toBe(8);
    expect(seen.messages.every(text => text.includes('"event_type":0'))).toBe(true);
    expect((await rig.get('/callcontrol/101/participants')).body).toEqual([]);
    socket.terminate();
  });

  it('keeps the order of late events when the delay is turned down', async () => {
    const { socket, seen } = await openSocket();
    await turn({ socketDelayMs: 300 });
    const started = performance.now();
    await ringAt101();
    await turn({ socketDelayMs: 0 });
    await act({ do: 'hangUp', call: 'x', by: 'caller' });
    await expect.poll(() => seen.messages.length, { interval: 5 }).toBe(4);
    expect(performance.now() - started).toBeGreaterThan(290);
    const sequences = seen.messages.map(text => JSON.parse(text).sequence);
    expect(sequences).toEqual([1, 2, 3, 4]);
    socket.terminate();
  });

  it('writes nothing at all while half-open, and counts only what it wrote', async () => {
    const { seen } = await openSocket();
    await turn({ socketHalfOpen: true });
    await ringAt101();
    await breakIt('garbageFrame');
    await breakIt('closeSockets', { code: 1011 });
    const { body } = await rig.control('GET', '/status');
    expect(body).toMatchObject({ framesSent: 0, socketClients: 1 });
    expect(seen).toEqual({ messages: [], pongs: 0, closeCode: 0 });
    // That it was closed shows when the link is back: the peer does not know it any more.
    await turn({ socketHalfOpen: false });
    await expect.poll(() => seen.closeCode).toBe(1006);
    expect(seen.messages).toEqual([]);
  });

  it('does not wait anew for a silent client because another knob was turned', async () => {
    await turn({ socketIdleSeconds: 0.3 });
    const { seen } = await openSocket();
    const opened = performance.now();
    let turns = 0;
    await expect
      .poll(
        async () => {
          turns += 1;
          await turn({ httpDelayMs: turns % 2 });
          return seen.closeCode;
        },
        { timeout: 2000, interval: 50 },
      )
      .toBe(1006);
    expect(performance.now() - opened).toBeLessThan(1500);
  });

  it('tells of pressed digits at the route point only', async () => {
    const { socket, seen } = await openSocket();
    for (const [call, to] of [
      ['phone', '101'],
      ['point', 'relay'],
    ]) {
      await act({ do: 'dial', call, by: '102', to });
      await act({ do: 'answer', call, dn: to });
      await act({ do: 'press', call, digits: '5' });
    }
    const digits = () =>
      seen.messages.map(text => JSON.parse(text).event).filter(one => one.event_type === 2);
    await expect.poll(() => digits().length).toBe(1);
    expect(digits()[0].entity).toMatch(/^\/callcontrol\/relay\//);
    socket.terminate();
  });

  it('cuts off a client that stays silent, and keeps one that pings', async () => {
    await turn({ socketIdleSeconds: 0.2 });
    const { seen } = await openSocket();
    const pinging = await openSocket();
    const timer = setInterval(() => pinging.socket.ping(), 50);
    await expect.poll(() => seen.closeCode, { timeout: 2000 }).toBe(1006);
    clearInterval(timer);
    expect(pinging.socket.readyState).toBe(WebSocket.OPEN);
    pinging.socket.terminate();
  });

  it('refuses the upgrade with any status', async () => {
    await turn({ socketStatus: 503 });
    const socket = new WebSocket(rig.simulator.addresses.socketUrl, {
      headers: { authorization: `Bearer ${await rig.client.token()}` },
    });
    socket.on('error', () => {});
    const status = await new Promise(resolve => {
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
    });
    expect(status).toBe(503);
  });

  it('keeps a reader whom a huge frame and what follows are still on their way to', async () => {
    const { socket, seen } = await openSocket();
    socket.pause();
    await breakIt('hugeFrame', { bytes: 20_000_000 });
    await breakIt('hugeFrame', { bytes: 20_000_000 });
    await breakIt('phantomUpsert');
    socket.resume();
    await expect.poll(() => seen.messages.length, { timeout: 5000 }).toBe(3);
    expect(seen.messages[0]?.length).toBeGreaterThan(20_000_000);
    expect(JSON.parse(seen.messages[2] ?? '').sequence).toBe(3);
    socket.terminate();
  });

  it('sends garbage, a huge frame, an unknown event and a leg that is not there', async () => {
    const { socket, seen } = await openSocket();
    await breakIt('garbageFrame');
    await breakIt('hugeFrame', { bytes: 2_000_000 });
    await breakIt('unknownEvent', { eventType: 42 });
    await breakIt('phantomUpsert', { dn: '101' });
    await breakIt('promptFinished');
    await breakIt('deepFrame');
    await expect.poll(() => seen.messages.length).toBe(6);
    expect(() => JSON.parse(seen.messages[0] ?? '')).toThrow();
    expect(seen.messages[1]?.length).toBeGreaterThan(2_000_000);
    expect(JSON.parse(seen.messages[2] ?? '').event.event_type).toBe(42);
    expect(JSON.parse(seen.messages[4] ?? '').event).toMatchObject({
      event_type: 3,
      entity: '/callcontrol/relay/participants/1',
    });
    expect(seen.messages[5]).toContain('['.repeat(100_000));
    const { entity } = JSON.parse(seen.messages[3] ?? '').event;
    expect((await rig.get(entity)).status).toBe(404);
    socket.terminate();
  });

  it('is silent when the monitor list is empty, and tells of queues when they are on it', async () => {
    const { socket, seen } = await openSocket();
    await turn({ monitored: [] });
    await ringAt101();
    expect((await rig.get('/callcontrol')).body.map((dn: { dn: string }) => dn.dn)).toEqual(['relay']);
    await turn({ monitored: ['900'] });
    await act({ do: 'dialIn', call: 'q', from: '+442079460101', did: '+442079460300' });
    await act({ do: 'route', call: 'q', to: '900' });
    await expect.poll(() => seen.messages.length).toBe(1);
    expect((await rig.get('/callcontrol/900')).body).toMatchObject({
      type: 'Wqueue',
      participants: [{ dn: '900' }],
    });
    socket.terminate();
  });

  it('can carry the participant, hints, the DID and newer fields', async () => {
    const { socket, seen } = await openSocket();
    await turn({ attachedData: true, hints: true, partyDid: true, participantUid: true });
    await act({ do: 'dialIn', call: 'q', from: '+442079460101', did: '+442079460300' });
    await act({ do: 'route', call: 'q', to: '900' });
    await act({ do: 'poll', call: 'q', dns: ['101'] });
    await expect.poll(() => seen.messages.length).toBe(1);
    expect(JSON.parse(seen.messages[0] ?? '').event.attached_data).toMatchObject({
      status: 'Ringing',
      on_behalf_of_dn: '900',
      on_behalf_of_type: 'Wqueue',
      party_did: '+442079460300',
      participant_uid: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    socket.terminate();
  });
});

describe('HTTP', () => {
  const paths = ['/xapi/v1/ActiveCalls', '/callcontrol'];

  it.each([401, 403, 429, 500, 504])('answers %i everywhere, or only below one path', async status => {
    await rig.client.token();
    await turn({ httpStatus: status });
    for (const path of paths) expect((await rig.get(path)).status).toBe(status);
    await turn({ httpPath: '/callcontrol' });
    expect((await rig.get('/xapi/v1/ActiveCalls')).status).toBe(200);
    expect((await rig.get('/callcontrol')).status).toBe(status);
  });

  it('fails for a share of the requests', async () => {
    await rig.client.token();
    await turn({ httpStatus: 500, httpShare: 0.5 });
    const statuses: number[] = [];
    for (let ask = 0; ask < 40; ask++) statuses.push((await rig.get('/callcontrol')).status);
    const failures = statuses.filter(status => status === 500).length;
    expect(failures).toBeGreaterThan(8);
    expect(failures).toBeLessThan(32);
  });

  it('answers garbage, late, or never', async () => {
    await rig.client.token();
    await turn({ httpGarbage: true });
    expect((await rig.get('/callcontrol')).body).toContain('<html>');
    await turn({ httpGarbage: false, httpDelayMs: 120 });
    const started = performance.now();
    expect((await rig.get('/callcontrol')).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(110);
    await turn({ httpDelayMs: 0, httpHang: true });
    const { pbxUrl } = rig.simulator.addresses;
    await expect(fetch(`${pbxUrl}/callcontrol`, { signal: AbortSignal.timeout(200) })).rejects.toThrow(
      'timeout',
    );
  });

  it('refuses an address that is not on the console’s allow-list', async () => {
    await rig.client.token();
    await turn({ consoleRestricted: true });
    for (const path of paths) expect((await rig.get(path)).status).toBe(403);
    const { pbxUrl, tokenUrl } = rig.simulator.addresses;
    expect((await fetch(pbxUrl + paths[0])).status).toBe(403);
    expect((await fetch(tokenUrl, { method: 'POST' })).status).toBe(403);
  });

  it('goes down and comes back on the same port', async () => {
    await breakIt('goDown', { seconds: 0.3 });
    await expect(fetch(rig.simulator.addresses.pbxUrl)).rejects.toThrow();
    await expect
      .poll(async () => (await rig.get('/callcontrol').catch(() => null))?.status, { timeout: 3000 })
      .toBe(200);
  });
});

describe('a restart of the services', () => {
  it('forgets calls without a word and begins ids anew', async () => {
    const { seen } = await openSocket();
    await ringAt101('before');
    const first = (await rig.get('/callcontrol/101/participants')).body[0];
    await expect.poll(() => seen.messages.length).toBe(2);
    await breakIt('restart', { downSeconds: 0.2 });
    await expect.poll(() => seen.closeCode).toBeGreaterThan(0);
    expect(seen.messages).toHaveLength(2);
    await expect
      .poll(async () => (await rig.get('/callcontrol').catch(() => null))?.status, { timeout: 3000 })
      .toBe(200);
    await ringAt101('after');
    const again = (await rig.get('/callcontrol/101/participants')).body[0];
    expect([again.id, again.callid]).toEqual([first.id, first.callid]);
  });

  it('writes the records of open calls when it is graceful, and loses them when not', async () => {
    await ringAt101('a');
    await breakIt('restart', { graceful: false });
    expect((await rig.control('GET', '/status')).body.records).toBe(0);
    await ringAt101('b');
    await breakIt('restart', { graceful: true });
    expect((await rig.control('GET', '/status')).body.records).toBe(1);
  });
});
