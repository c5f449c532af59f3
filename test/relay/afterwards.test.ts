import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from './relay-rig.ts';

const MAIN = '+442079460200';
const SALES = '+442079460300';

let rig: RelayRig;
let socket: RelaySocket;
beforeEach(async () => {
  const lateFactLimits = { everyMs: 300, lookAfterMs: [500, 2000, 10_000] };
  rig = await RelayRig.start({ database: 'current' }, {}, { lateFactLimits });
  await rig.seesCalls();
  socket = rig.connect('?after=0&types=call');
});
afterEach(async () => {
  socket.close();
  await rig.stop();
});

interface Change {
  change: string;
  inferred: boolean;
  call: {
    id: string;
    sourceCallId: string;
    did: string | null;
    queue: string | null;
    state: string;
    endReason: string | null;
    from: { number: string };
    to: { number: string } | null;
  };
}

/** What the log said of the call with this number outside, in order. */
function changes(number: string): Change[] {
  return socket
    .of('call')
    .map(({ data }): Change => data)
    .filter(({ call }) => call.from.number === number || call.to?.number === number);
}

const last = (number: string): Change | undefined => changes(number).at(-1);
const state = (number: string) => () => last(number)?.call.state;

/** The call is past its inbound rule before any list can show it there. */
function dialIn(call: string, from: string, did: string, to: string): void {
  rig.act({ do: 'dialIn', call, from, did });
  rig.act({ do: 'route', call, to });
}

it('completes calls that are over with what the records say, as entries of their own', {
  timeout: 60_000,
}, async () => {
  const [customer, queued, abroad] = ['+442079460101', '+442079460102', '+441632960099'];
  dialIn('customer', customer, MAIN, '101');
  dialIn('queued', queued, SALES, '900');
  rig.act({ do: 'poll', call: 'queued', dns: ['104'] });
  rig.act({ do: 'dial', call: 'abroad', by: '102', to: abroad });
  for (const number of [customer, queued, abroad]) await expect.poll(state(number)).toBe('ringing');
  rig.act({ do: 'answer', call: 'customer', dn: '101' });
  rig.act({ do: 'answer', call: 'queued', dn: '104' });
  rig.act({ do: 'giveUp', call: 'abroad', dn: '10001', because: 'busy' });
  for (const number of [customer, queued]) await expect.poll(state(number)).toBe('connected');
  for (const call of ['customer', 'queued', 'abroad']) rig.act({ do: 'hangUp', call, by: 'caller' });

  const complete = { timeout: 20_000 };
  await expect.poll(() => last(customer)?.call.did, complete).toBe(MAIN);
  await expect.poll(() => last(queued)?.call.did, complete).toBe(SALES);
  await expect.poll(() => last(abroad)?.call.endReason, complete).toBe('busy');
  for (const number of [customer, queued, abroad]) {
    const [ended, updated] = changes(number).slice(-2);
    expect([ended?.change, updated?.change]).toEqual(['call.ended', 'call.updated']);
    expect(updated?.inferred).toBe(false);
    const { did, queue, endReason, ...rest } = updated?.call ?? {};
    expect(ended?.call).toMatchObject(rest);
  }
  expect(last(queued)?.call.queue).toBe('900');
  expect(last(abroad)?.call).toMatchObject({ did: null, queue: null });
  expect((await rig.get('/relay/active-calls')).body.calls).toEqual([]);
});

it('leaves a call alone that has the number of the one that is meant', { timeout: 60_000 }, async () => {
  const [before, after] = ['+442079460111', '+442079460122'];
  dialIn('before', before, MAIN, '101');
  await expect.poll(state(before)).toBe('ringing');
  rig.act({ do: 'hangUp', call: 'before', by: 'caller' });
  await expect.poll(state(before)).toBe('ended');
  // Numbers begin anew, so the next call has that of the one whose record is still looked for.
  await rig.simulator.breakIt('restart', { graceful: true, downSeconds: 0 });
  dialIn('after', after, SALES, '102');
  await expect.poll(() => last(after)?.call.sourceCallId, { timeout: 15_000 }).toBe('1');
  await expect.poll(() => last(before)?.call.did, { timeout: 20_000 }).toBe(MAIN);
  expect(last(before)?.call).toMatchObject({ sourceCallId: '1', state: 'ended' });
  expect(changes(after).map(({ call }) => call.did)).not.toContain(MAIN);
});
