import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from './relay-rig.ts';

let rig: RelayRig;
let calls = 0;

beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterAll(() => rig.stop());

function ring(dn = '101'): string {
  calls += 1;
  const call = `c${calls}`;
  rig.act({ do: 'dialIn', call, from: '+442079460101', did: '+442079460200' });
  rig.act({ do: 'route', call, to: dn });
  return call;
}

async function opened(socket: RelaySocket): Promise<RelaySocket> {
  await expect.poll(() => socket.of('hello').length).toBe(1);
  return socket;
}

async function heard(socket: RelaySocket, change: string): Promise<void> {
  await expect
    .poll(() => socket.of('call').map(one => one.data.change), { timeout: 10_000 })
    .toContain(change);
}

describe('a WebSocket client', () => {
  it('gets hello first, then each upstream event untouched and each change of the call', async () => {
    const socket = await opened(rig.connect());
    const call = ring();
    await heard(socket, 'call.ringing');
    rig.act({ do: 'answer', call, dn: '101' });
    await heard(socket, 'call.answered');
    rig.act({ do: 'hangUp', call, by: 'caller' });
    await expect
      .poll(() => socket.of('call').map(one => one.data.change), { timeout: 10_000 })
      .toContain('call.ended');
    expect(socket.messages[0]).toMatchObject({
      type: 'hello',
      durable: true,
      heartbeatMs: 25_000,
      epoch: expect.any(String),
    });
    const [event] = socket.of('call_event');
    expect(event.data).toEqual({
      sequence: expect.any(Number),
      event: {
        event_type: 0,
        entity: expect.stringContaining('/callcontrol/101/participants/'),
        attached_data: null,
      },
    });
    const changes = socket.of('call').map(one => one.data.change);
    expect(changes).toContain('call.started');
    expect(changes.indexOf('call.ringing')).toBeLessThan(changes.indexOf('call.answered'));
    let before = socket.messages[0].head;
    for (const { seq, prev } of socket.entries) {
      expect(prev).toBe(before);
      before = seq;
    }
    socket.close();
  });

  it('resumes after its last seq without a hole or a repeat', async () => {
    const first = await opened(rig.connect());
    const call = ring('102');
    await heard(first, 'call.ringing');
    const last = first.entries.at(-1).seq;
    first.close();
    rig.act({ do: 'answer', call, dn: '102' });
    rig.act({ do: 'hangUp', call, by: '102' });
    const { epoch } = first.messages[0];
    const second = await opened(rig.connect(`?after=${last}&epoch=${epoch}`));
    await heard(second, 'call.ended');
    expect(second.entries.map(one => one.seq)).toEqual(second.entries.map((_, index) => last + 1 + index));
    expect(second.of('gap')).toEqual([]);
    second.close();
  });

  it.each([
    ['after=99999999', 'too_far'],
    ['after=-3', 'too_far'],
    ['after=x', 'too_far'],
    ['after=1&epoch=other', 'epoch'],
  ])('is told a gap for %s, then gets what there is', async (query, reason) => {
    const socket = await opened(rig.connect(`?${query}`));
    await expect.poll(() => socket.entries.length).toBeGreaterThan(0);
    expect(socket.messages[1]).toMatchObject({ type: 'gap', scope: 'client', reason });
    expect(socket.entries[0].seq).toBe(1);
    socket.close();
  });

  it('filters by type, number and source, and can change its mind', async () => {
    const socket = await opened(rig.connect('?types=call_event&dns=103'));
    const other = ring('104');
    const mine = ring('103');
    await expect.poll(() => socket.entries.length).toBeGreaterThan(0);
    expect(
      socket.entries.every(one => one.type === 'call_event' && one.data.event.entity.includes('/103/')),
    ).toBe(true);
    socket.send({ type: 'subscribe', types: ['call'], dns: ['104'] });
    socket.send({ type: 'ping', id: 7 });
    await expect.poll(() => socket.of('pong')).toMatchObject([{ id: 7 }]);
    rig.act({ do: 'hangUp', call: mine, by: 'caller' });
    rig.act({ do: 'hangUp', call: other, by: 'caller' });
    await expect
      .poll(() => socket.of('call').some(one => one.data.change === 'call.ended'), { timeout: 10_000 })
      .toBe(true);
    expect(socket.of('call').every(one => one.data.call.to.dn === '104')).toBe(true);
    socket.close();
  });

  it('is shown only what its key may see', async () => {
    const key = await rig.newKey({ name: 'narrow', permissions: ['read'], extensions: ['105'] });
    const headers = { authorization: `Bearer ${key}` };
    const socket = await opened(rig.connect('', headers));
    const hidden = ring('101');
    const shown = ring('105');
    await expect.poll(() => socket.of('call_event').length).toBeGreaterThan(0);
    expect(socket.entries.every(one => JSON.stringify(one).includes('105'))).toBe(true);
    const active = await rig.get('/relay/active-calls', headers);
    expect(active.body.calls.map((call: { to: { dn: string } }) => call.to.dn)).toEqual(['105']);
    for (const call of [hidden, shown]) rig.act({ do: 'hangUp', call, by: 'caller' });
    socket.close();
  });

  it.each([
    ['nonsense', 4400],
    [{ type: 'dance' }, 4400],
    ['['.repeat(60_000), 4400],
    ['x'.repeat(70_000), 1009],
  ])('is closed for a bad message', async (message, code) => {
    const socket = await opened(rig.connect());
    socket.send(message);
    await expect.poll(() => socket.closeCode).toBe(code);
  });

  it('is closed for binary, and for too many messages', async () => {
    const binary = await opened(rig.connect());
    binary.socket.send(Buffer.from([1, 2]));
    await expect.poll(() => binary.closeCode).toBe(4400);
    const chatty = await opened(rig.connect());
    for (let count = 0; count < 40; count++) chatty.send({ type: 'ack', seq: count });
    await expect.poll(() => chatty.closeCode).toBe(4429);
  });

  it('is cut off within a second when its key is revoked', async () => {
    const key = await rig.newKey({ name: 'short', permissions: ['read'] });
    const socket = await opened(rig.connect('', { 'x-api-key': key }));
    const started = performance.now();
    rig.daemon.keys.revoke(key.split('_')[1] ?? '');
    await expect.poll(() => socket.closeCode).toBe(4401);
    expect(performance.now() - started).toBeLessThan(1000);
    expect((await rig.get('/relay/me', { authorization: `Bearer ${key}` })).body.code).toBe('E_KEY_EXPIRED');
  });

  it('may bring key or ticket in the address, the ticket once', async () => {
    const byKey = await opened(rig.connect(`?api_key=${rig.key}`, {}));
    const { body } = await rig.ask('POST', '/relay/tickets');
    const byTicket = await opened(rig.connect(`?ticket=${body.ticket}`, {}));
    const again = rig.connect(`?ticket=${body.ticket}`, {});
    await expect.poll(() => again.refusal).toBe(401);
    for (const socket of [byKey, byTicket]) socket.close();
  });

  it.each([
    ['no key', '', {}, 401],
    ['a made-up key', '', { authorization: 'Bearer rk_abc_def_ghi' }, 401],
    ['a misspelt parameter', '?afterr=1', null, 400],
    ['a strange origin', '', null, 403],
  ])('is refused before the upgrade for %s', async (what, query, headers, status) => {
    const own = headers ?? { authorization: `Bearer ${rig.key}` };
    const socket = rig.connect(
      query,
      what === 'a strange origin' ? { ...own, origin: 'https://evil.example' } : own,
    );
    await expect.poll(() => socket.refusal).toBe(status);
    await expect.poll(() => JSON.parse(socket.refusalBody || '{}').status).toBe(status);
  });
});

describe('an event stream', () => {
  async function read(headers: Record<string, string>, until: (text: string) => boolean): Promise<string> {
    const controller = new AbortController();
    const response = await fetch(`${rig.daemon.relayUrl}/relay/events`, {
      headers: { authorization: `Bearer ${rig.key}`, accept: 'text/event-stream', ...headers },
      signal: controller.signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (until(text)) break;
    }
    controller.abort();
    return text;
  }

  it('resumes by Last-Event-ID', async () => {
    const { body } = await rig.get('/relay/events?limit=5');
    const from = body.entries[2].seq;
    const text = await read(
      { 'last-event-id': `${body.epoch}:${from}` },
      all => all.split('\n\n').length > 5,
    );
    const ids = [...text.matchAll(/^id: (.+)\nevent: (.+)$/gm)].map(match => `${match[2]} ${match[1]}`);
    expect(ids.slice(0, 3).map(id => id.split(' ')[1])).toEqual(
      [from, from + 1, from + 2].map(seq => `${body.epoch}:${seq}`),
    );
    expect(ids[0]).toContain('hello');
  });

  it('is told a gap when its id is of another epoch', async () => {
    const text = await read({ 'last-event-id': 'old:4' }, all => all.includes('event: gap'));
    expect(text).toContain('"reason":"epoch"');
  });
});

describe('a page of the log', () => {
  it('goes on where the last one ended, filtered or not', async () => {
    const all: number[] = [];
    let after = 0;
    for (;;) {
      const { body } = await rig.get(`/relay/events?after=${after}&limit=7&types=call`);
      all.push(...body.entries.map((entry: { seq: number }) => entry.seq));
      if (body.next === after) break;
      after = body.next;
    }
    const { body } = await rig.get('/relay/events?limit=500&types=call');
    expect(all.length).toBeGreaterThan(5);
    expect(all).toEqual(body.entries.map((entry: { seq: number }) => entry.seq).slice(0, all.length));
  });
});
