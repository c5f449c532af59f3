import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { hearsCalls, opened, PATIENCE, QUICK_SOURCE, ring, SteppedClock } from './fault-kit.ts';

/** The clock of the host is set while the relay runs: by hand, by NTP, by a virtual machine that wakes up. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
let clock: SteppedClock;
let rig: RelayRig;
let socket: RelaySocket;

beforeEach(async () => {
  clock = new SteppedClock();
  // So that it is seldom the list that saves a call.
  const sourceLimits = { ...QUICK_SOURCE, activeCallsEveryMs: 1500 };
  rig = await RelayRig.start({}, { JOURNAL_MAX_AGE: '1h' }, { clock, sourceLimits });
  await rig.seesCalls();
  socket = await opened(rig.connect('?after=0'));
});
afterEach(async () => {
  socket.close();
  await rig.stop();
});

function changes(number: string): string[] {
  return socket.of('call').flatMap(({ data }) => (data.call.from.number === number ? [data.change] : []));
}

async function has(number: string, change: string): Promise<void> {
  await expect.poll(() => changes(number), PATIENCE).toContain(change);
}

/** From the first entry to the last: each seq once, each one more than the one before. */
function expectWhole(client: RelaySocket): void {
  const seqs = client.entries.map(one => one.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(client.of('gap').filter(gap => gap.scope === 'client')).toEqual([]);
}

describe.each([
  ['back by an hour', -HOUR_MS],
  ['forward by a day', DAY_MS],
])('a clock that is set %s', (_, byMs) => {
  it('leaves the order of the log, the streams and resuming as they are', async () => {
    await hearsCalls(rig, socket);
    const { epoch } = socket.messages[0];
    const last = socket.entries.at(-1);
    clock.setWall(byMs);
    await hearsCalls(rig, socket);
    const after = socket.entries.find(one => one.seq === last.seq + 1);
    expect(Math.abs(after.time - last.time - byMs)).toBeLessThan(60_000);
    const again = await opened(rig.connect(`?after=${last.seq}&epoch=${epoch}`));
    await expect.poll(() => again.entries.at(-1)?.seq, PATIENCE).toBe(socket.entries.at(-1).seq);
    expect(again.of('gap')).toEqual([]);
    again.close();
    expectWhole(socket);
    expect((await rig.get('/relay/active-calls')).body.stale).toBe(false);
  });

  it('neither ends calls that wait nor keeps those that are over', async () => {
    const waiting = ring(rig, '900');
    const over = ring(rig, '101');
    const open = async () =>
      (await rig.get('/relay/active-calls')).body.calls.map(
        (call: { from: { number: string }; legs: unknown[] }) => ({
          number: call.from.number,
          legs: call.legs.length,
        }),
      );
    await has(over.number, 'call.ringing');
    await expect.poll(open, PATIENCE).toContainEqual({ number: waiting.number, legs: expect.any(Number) });
    rig.act({ do: 'hangUp', call: over.call, by: 'caller' });
    await expect.poll(open, PATIENCE).not.toContainEqual({ number: over.number, legs: 1 });
    clock.setWall(byMs);
    await hearsCalls(rig, socket);
    await has(over.number, 'call.ended');
    expect(changes(waiting.number)).not.toContain('call.ended');
    const ended = socket.of('call').findLast(({ data }) => data.change === 'call.ended').data.call;
    expect(Math.abs(Date.parse(ended.endedAt) - clock.now())).toBeLessThan(60_000);
  });

  it('tells a gap whose end is not before its beginning', async () => {
    await hearsCalls(rig, socket);
    await rig.simulator.breakIt('cutSockets');
    await expect.poll(() => socket.of('link').map(({ data }) => data.state), PATIENCE).toContain('down');
    clock.setWall(byMs);
    await expect.poll(() => socket.of('gap').length, PATIENCE).toBeGreaterThan(0);
    const { from, to } = socket.of('gap').at(-1).data;
    expect(to).toBeGreaterThanOrEqual(from);
    await hearsCalls(rig, socket);
    expectWhole(socket);
  });

  it('between a stop and a start changes nothing but the times', async () => {
    await hearsCalls(rig, socket);
    const { epoch } = socket.messages[0];
    const { seq } = socket.entries.at(-1);
    await rig.daemon.stop();
    clock.setWall(byMs);
    await rig.startDaemon();
    await rig.seesCalls();
    socket = await opened(rig.connect(`?after=${seq}&epoch=${epoch}`));
    await hearsCalls(rig, socket);
    expect(socket.messages[0].epoch).toBe(epoch);
    expect(socket.entries[0].seq).toBe(seq + 1);
    const gap = socket.of('gap')[0];
    expect(gap.scope).toBe('source');
    expect(gap.data.to).toBeGreaterThanOrEqual(gap.data.from);
  });
});

it('entries that only a wrong clock makes too old are kept', async () => {
  await hearsCalls(rig, socket);
  const old = socket.entries.at(-1).seq;
  clock.pass(50 * MINUTE_MS);
  await hearsCalls(rig, socket);
  clock.setWall(DAY_MS);
  clock.pass(11 * MINUTE_MS);
  // An hour has passed over the first ones, a few minutes over the others.
  const oldest = async () => (await rig.get('/relay/events?limit=1')).body.oldest;
  await expect.poll(oldest, PATIENCE).toBeGreaterThan(1);
  expect(await oldest()).toBeLessThanOrEqual(old + 1);
});

it('what is limited by time and not by date goes on as if nothing had happened', async () => {
  const { body } = await rig.ask('POST', '/relay/tickets');
  const key = await rig.newKey({
    name: 'until tomorrow',
    permissions: ['read'],
    ratePerMinute: 2,
    expiresAt: clock.now() + 12 * HOUR_MS,
  });
  const headers = { authorization: `Bearer ${key}` };
  const ask = async () => (await rig.get('/relay/me', headers)).status;
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
  clock.setWall(-HOUR_MS);
  expect(await ask()).toBe(429);
  clock.setWall(2 * HOUR_MS);
  expect(await ask()).toBe(429);
  const byTicket = await opened(rig.connect(`?ticket=${body.ticket}`, {}));
  byTicket.close();
  // A date is a date: past it, the key has ended.
  clock.setWall(DAY_MS);
  expect((await rig.get('/relay/me', headers)).body.code).toBe('E_KEY_EXPIRED');
  expect((await rig.get('/relay/health')).body.components.xapi.state).toBe('up');
});
