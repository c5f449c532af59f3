import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from './relay-rig.ts';

let rig: RelayRig;
let socket: RelaySocket;

beforeEach(async () => {
  rig = await RelayRig.start({ extensions: 30 });
  await rig.seesCalls();
  socket = rig.connect('?after=0');
});
afterEach(async () => {
  socket.close();
  await rig.stop();
});

function begin(call: string, dn: string): void {
  rig.act({ do: 'dialIn', call, from: `+4420794601${dn}`, did: '+442079460200' });
  rig.act({ do: 'route', call, to: dn });
  rig.act({ do: 'answer', call, dn });
}

interface ActiveCall {
  sourceCallId: string;
  state: string;
  legs: { dn: string }[];
}

async function relaysPicture(): Promise<string[]> {
  const { body } = await rig.get('/relay/active-calls');
  return body.calls
    .map(({ sourceCallId, legs }: ActiveCall) => `${sourceCallId} ${legs.map(leg => leg.dn)}`)
    .toSorted();
}

function truth(): string[] {
  const calls = [...rig.simulator.pbx.switchboard.calls.values()];
  const visible = (kind: string): boolean => kind === 'extension';
  return calls
    .map(({ id, legs }) => `${id} ${legs.filter(leg => visible(leg.own.kind)).map(leg => leg.own.dn)}`)
    .toSorted();
}

it('shows the truth again after an outage, and the log says what was missed and what is inferred', {
  timeout: 60_000,
}, async () => {
  const dns = Array.from({ length: 10 }, (_, index) => String(101 + index));
  for (const dn of dns) begin(`call-${dn}`, dn);
  await expect.poll(relaysPicture, { timeout: 10_000 }).toEqual(truth());

  await rig.simulator.breakIt('goDown', { seconds: 4 });
  for (const dn of dns.slice(0, 4)) rig.act({ do: 'hangUp', call: `call-${dn}`, by: 'caller' });
  rig.act({ do: 'transfer', call: 'call-105', by: '105', to: '120' });
  rig.act({ do: 'answer', call: 'call-105', dn: '120' });
  begin('new', '125');
  await expect
    .poll(async () => (await rig.get('/relay/health')).body.components.callcontrol.state)
    .not.toBe('up');
  expect((await rig.get('/relay/active-calls')).body.calls.length).toBeGreaterThan(0);
  await rig.seesCalls();
  await expect.poll(relaysPicture, { timeout: 15_000 }).toEqual(truth());

  await expect.poll(() => socket.of('gap').length, { timeout: 10_000 }).toBeGreaterThan(0);
  const gap = socket.of('gap').at(-1);
  expect(gap).toMatchObject({ scope: 'source', reason: 'upstream', seq: expect.any(Number) });
  expect(gap.data.to - gap.data.from).toBeGreaterThan(3000);
  const inferred = socket.of('call').filter(one => one.data.inferred);
  expect(inferred.length).toBeGreaterThan(4);
  expect(inferred.every(one => one.seq < gap.seq)).toBe(true);
  expect(socket.of('link').map(one => `${one.data.component} ${one.data.state}`)).toContain(
    'callcontrol down',
  );
  await expect
    .poll(() => socket.of('call').filter(one => one.data.change === 'call.ended').length, { timeout: 10_000 })
    .toBe(4);
});

it('ends the calls that a restart of the PBX forgot, and does not mistake reused numbers for them', {
  timeout: 60_000,
}, async () => {
  begin('before', '101');
  await expect.poll(() => socket.of('call').some(one => one.data.change === 'call.answered')).toBe(true);
  const { id } = socket.of('call').at(-1).data.call;
  await rig.simulator.breakIt('restart', { downSeconds: 1 });
  rig.act({ do: 'dialIn', call: 'after', from: '+442079460155', did: '+442079460200' });
  rig.act({ do: 'route', call: 'after', to: '101' });
  await expect
    .poll(() => socket.of('call').some(one => one.data.change === 'call.ended' && one.data.call.id === id), {
      timeout: 20_000,
    })
    .toBe(true);
  await expect
    .poll(
      async () =>
        (await rig.get('/relay/active-calls')).body.calls.map(
          (call: { from: { number: string } }) => call.from.number,
        ),
      { timeout: 20_000 },
    )
    .toEqual(['+442079460155']);
  const [now] = (await rig.get('/relay/active-calls')).body.calls;
  expect(now.id).not.toBe(id);
});

it('goes on without the socket, without XAPI, and without both, and says so', {
  timeout: 60_000,
}, async () => {
  rig.simulator.pbx.knobs.turn({ licence: 'pro' });
  await rig.simulator.breakIt('closeSockets', { code: 1011 });
  begin('polled', '102');
  await expect
    .poll(async () => (await rig.get('/relay/active-calls')).body.calls.length, { timeout: 20_000 })
    .toBe(1);
  await expect
    .poll(async () => (await rig.get('/relay/health')).body.status, { timeout: 20_000 })
    .toBe('degraded');
  rig.simulator.pbx.knobs.turn({ httpStatus: 503, socketStatus: 503 });
  await expect.poll(async () => (await rig.get('/relay/health')).status, { timeout: 30_000 }).toBe(503);
  const { body } = await rig.get('/relay/active-calls');
  expect(body.stale).toBe(true);
});
