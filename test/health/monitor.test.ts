import { afterAll, beforeAll, expect, it } from 'vitest';
import { SOCKET_LIMITS } from '../../src/daemon/sources/reconnecting-socket.ts';
import { PATIENCE, QUICK_SOURCE, ring } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';

/** Connections as an operator sees them. All retries take so long that only being asked to can be why one comes. */
const NEVER_MS = 3_600_000;
const never = { firstRetryMs: NEVER_MS, retryFloorMs: NEVER_MS, retryCapMs: NEVER_MS };
const socket = { ...SOCKET_LIMITS, ...QUICK_SOURCE.socket, ...never };
const tokens = { tokenRetryMs: NEVER_MS, tokenRetryCapMs: NEVER_MS };
let rig: RelayRig;

beforeAll(async () => {
  rig = await RelayRig.start(
    { database: 'current' },
    {},
    {
      sourceLimits: { ...QUICK_SOURCE, snapshotEveryMs: 300, ...tokens, socket },
      databaseLimits: { probeEveryMs: 200, retryMs: NEVER_MS, retryCapMs: NEVER_MS },
    },
  );
  await rig.seesCalls();
});
afterAll(() => rig.stop());

const monitor = () => rig.daemon.upkeep.monitor;
const view = (component: string) =>
  monitor()
    .components()
    .find(one => one.component === component);
const states = () =>
  monitor()
    .components()
    .map(({ component, state }) => `${component} ${state}`)
    .toSorted();
const breaks = (name: string, order = {}) =>
  fetch(`${rig.simulator.addresses.controlUrl}/break/${name}`, {
    method: 'POST',
    body: JSON.stringify(order),
  });

it('shows each component with how long its answers took, bounded', async () => {
  await expect.poll(states, PATIENCE).toEqual(['agents up', 'callcontrol up', 'database up', 'xapi up']);
  for (const component of ['callcontrol', 'database', 'xapi'])
    await expect.poll(() => view(component)?.latenciesMs.length, PATIENCE).toBeGreaterThan(2);
  for (const { latenciesMs } of monitor().components()) expect(latenciesMs.length).toBeLessThanOrEqual(60);
  expect(view('database')).toMatchObject({
    canReconnect: true,
    nextAttemptAt: null,
    since: expect.any(Number),
  });
});

it('shows whether call control really delivers', async () => {
  const before = Date.now();
  const { call } = ring(rig);
  await expect
    .poll(() => view('callcontrol')?.signs, PATIENCE)
    .toMatchObject({ isOpen: true, snapshotAgrees: true, lastPongAt: expect.any(Number) });
  await expect.poll(() => view('callcontrol')?.signs?.lastEventAt, PATIENCE).toBeGreaterThanOrEqual(before);
  await expect.poll(() => view('callcontrol')?.signs?.lastSnapshotAt, PATIENCE).toBeGreaterThan(before);
  rig.act({ do: 'hangUp', call, by: 'caller' });
});

it('tells and keeps every change of state', async () => {
  const heard: string[] = [];
  const off = monitor().onStateChange(({ component, from, to }) => heard.push(`${component} ${from} ${to}`));
  rig.simulator.pbx.knobs.turn({ monitored: [] });
  await breaks('closeSockets');
  monitor().reconnect('callcontrol');
  await expect.poll(() => heard.join(), PATIENCE).toContain('callcontrol down degraded');
  rig.simulator.pbx.knobs.reset();
  monitor().reconnect('callcontrol');
  await expect.poll(() => view('callcontrol')?.state, PATIENCE).toBe('up');
  off();
  const kept = monitor().changes({ component: 'callcontrol', limit: 3 });
  expect(kept.map(({ state }) => state)).toContain('degraded');
  expect(kept[0]).toMatchObject({ component: 'callcontrol', state: 'up', reason: null });
  expect(monitor().changes({ before: kept[0]?.id ?? 0, component: 'callcontrol', limit: 1 })).toEqual([
    kept[1],
  ]);
});

it.each(['callcontrol', 'xapi', 'database'] as const)('%s tries now when it is asked to', async component => {
  rig.simulator.pbx.knobs.turn(
    component === 'database' ? { database: 'gone' } : { tokenStatus: 500, socketStatus: 503 },
  );
  await breaks('revokeTokens');
  if (component === 'callcontrol') await breaks('closeSockets');
  await expect.poll(() => view(component)?.state, PATIENCE).toBe('down');
  expect(view(component)?.nextAttemptAt).toBeGreaterThan(Date.now());
  rig.simulator.pbx.knobs.reset();
  monitor().reconnect(component);
  await expect.poll(() => view(component)?.state, PATIENCE).toBe('up');
  // The other one that shares the token.
  monitor().reconnect('callcontrol');
  monitor().reconnect('xapi');
  await expect.poll(states, PATIENCE).toEqual(['agents up', 'callcontrol up', 'database up', 'xapi up']);
});

it('knows no other connection', () => {
  expect(() => monitor().reconnect('redis')).toThrow(/E_NOT_FOUND.*database, xapi, callcontrol/);
});
