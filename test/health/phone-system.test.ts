import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConditionCode } from '../../src/shared/conditions/condition-table.ts';
import { PATIENCE, QUICK_SOURCE, ring, SteppedClock } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';

/** Every way in which the phone system can be wrong is named by its condition, and by no other that hides it. */
const sourceLimits = {
  ...QUICK_SOURCE,
  snapshotEveryMs: 400,
  activeCallsPauseMs: 300,
  throttledMs: 300,
  responseMs: 400,
  totalMs: 600,
};

async function comes(rig: RelayRig, code: ConditionCode): Promise<void> {
  await expect.poll(() => rig.daemon.health.conditions.isRaised(code), PATIENCE).toBe(true);
}

async function goes(rig: RelayRig, code: ConditionCode): Promise<void> {
  await expect.poll(() => rig.daemon.health.conditions.isRaised(code), PATIENCE).toBe(false);
}

const shown = (rig: RelayRig): string[] => rig.daemon.health.conditions.current().map(({ code }) => code);
/** What has nothing to do with the phone system, in every one of these tests. */
const OURS = ['NO_ADMIN', 'DATABASE_OFF', 'LOOP_BLOCKED'];

describe('a phone system that', () => {
  let rig: RelayRig;
  let clock: SteppedClock;

  beforeAll(async () => {
    clock = new SteppedClock();
    rig = await RelayRig.start({}, {}, { sourceLimits, clock });
  });
  afterEach(async () => {
    rig.simulator.pbx.knobs.reset();
    await rig.seesCalls();
  });
  afterAll(() => rig.stop());

  const turn = (knobs: object) => void rig.simulator.pbx.knobs.turn(knobs);
  const breaks = (name: string, order = {}) =>
    fetch(`${rig.simulator.addresses.controlUrl}/break/${name}`, {
      method: 'POST',
      body: JSON.stringify(order),
    });

  it('is as it should be raises nothing', async () => {
    await rig.seesCalls();
    await expect.poll(() => shown(rig).filter(code => !OURS.includes(code)), PATIENCE).toEqual([]);
  });

  it('has another time than we have', async () => {
    clock.setWall(120_000);
    await comes(rig, 'CLOCK_SKEW');
    await comes(rig, 'CLOCK_STEPPED');
    clock.setWall(-120_000);
    await goes(rig, 'CLOCK_SKEW');
  });

  it.each<[string, ConditionCode, object, string[]]>([
    // First: after a refusal by rights it is asked for again only five minutes later.
    ['hides its agents', 'AGENTS_UNREADABLE', { httpStatus: 500, httpPath: '/xapi/v1/Users' }, []],
    ['refuses our credentials', 'XAPI_TOKEN_REFUSED', { tokenStatus: 401 }, ['revokeTokens', 'closeSockets']],
    ['blocks our address', 'PBX_BLOCKS_US', { tokenStatus: 403 }, ['revokeTokens', 'closeSockets']],
    ['gives us too low a role', 'XAPI_FORBIDDEN', { role: 'users' }, ['revokeTokens']],
    ['gives no access to XAPI', 'XAPI_FORBIDDEN', { xapiEnabled: false }, ['revokeTokens']],
    ['fails at XAPI', 'XAPI_DOWN', { httpStatus: 502, httpPath: '/xapi' }, []],
    ['is silent at XAPI', 'XAPI_DOWN', { httpHang: true, httpPath: '/xapi' }, []],
    ['asks us to slow down', 'PBX_THROTTLES', { httpStatus: 429, httpPath: '/xapi' }, []],
    ['has no licence', 'CALLCONTROL_FORBIDDEN', { licence: 'pro' }, ['closeSockets']],
    ['is polled therefore', 'CALLCONTROL_POLLED', { licence: 'pro' }, ['closeSockets']],
    ['refuses the socket our token', 'CALLCONTROL_REFUSED', { socketStatus: 401 }, ['closeSockets']],
    ['lets no socket through', 'CALLCONTROL_DOWN', { socketStatus: 503 }, ['closeSockets']],
    [
      'shows no state beside the socket',
      'CALLCONTROL_UNSURE',
      { httpStatus: 500, httpPath: '/callcontrol' },
      [],
    ],
    ['monitors nobody', 'NOBODY_MONITORED', { monitored: [] }, ['closeSockets']],
  ])('%s: %s, and it goes when that is mended', async (_, code, knobs, deeds) => {
    await rig.seesCalls();
    turn(knobs);
    for (const deed of deeds) await breaks(deed);
    await comes(rig, code);
    rig.simulator.pbx.knobs.reset();
    await goes(rig, code);
  });

  it('cannot be reached hides all that follows from it', async () => {
    await breaks('goDown', { seconds: 3 });
    await comes(rig, 'PBX_UNREACHABLE');
    clock.pass(20_000);
    await expect.poll(() => shown(rig), PATIENCE).toContain('PBX_UNREACHABLE');
    expect(shown(rig)).not.toContain('CALLCONTROL_DOWN');
    expect(shown(rig)).not.toContain('XAPI_DOWN');
    await goes(rig, 'PBX_UNREACHABLE');
  });

  it('gives our token to another program as well', async () => {
    const taking = setInterval(() => void breaks('mintToken'), 40);
    await comes(rig, 'TOKEN_CONTESTED');
    clearInterval(taking);
    await goes(rig, 'TOKEN_CONTESTED');
  });

  it.each<[string, ConditionCode, string, object]>([
    ['sends a broken frame', 'PBX_UNREADABLE', 'garbageFrame', {}],
    ['sends what nobody knows', 'PBX_NEW_WORDS', 'unknownEvent', {}],
  ])('%s: %s stays for a while', async (_, code, deed, order) => {
    await breaks(deed, order);
    await comes(rig, code);
    clock.pass(3_600_000);
    await goes(rig, code);
  });

  it('restarts', async () => {
    ring(rig);
    await expect.poll(async () => (await rig.get('/relay/active-calls')).body.calls.length, PATIENCE).toBe(1);
    await breaks('restart');
    // Its number is that of the first leg, and it is somebody else's.
    ring(rig, '104');
    await comes(rig, 'PBX_RESTARTED');
  });

  it('holds the socket but sends nothing over it', async () => {
    await rig.seesCalls();
    turn({ socketZombie: true });
    const { call } = ring(rig, '103');
    await comes(rig, 'EVENTS_MISSED');
    await comes(rig, 'SOURCE_ZOMBIE');
    rig.act({ do: 'hangUp', call, by: 'caller' });
  });
});

it('a certificate that is not accepted is named, and hides the rest', async () => {
  const rig = await RelayRig.start({ tls: 'selfSigned' }, {}, { sourceLimits });
  await expect.poll(() => shown(rig), PATIENCE).toContain('PBX_CERTIFICATE');
  expect(shown(rig).filter(code => !OURS.includes(code))).toEqual(['PBX_CERTIFICATE']);
  await rig.stop();
});

it('a web server that is no phone system is named', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rig = await RelayRig.start({}, { PBX_URL: `http://127.0.0.1:${port}` }, { sourceLimits });
  await comes(rig, 'PBX_WRONG_ADDRESS');
  await rig.stop();
  server.close();
});
