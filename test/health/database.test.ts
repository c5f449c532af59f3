import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE, QUICK_SOURCE } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';

/** What can be wrong with the phone system's database, by the name of its condition. */
const overrides = {
  sourceLimits: QUICK_SOURCE,
  databaseLimits: { probeEveryMs: 200, climbEveryMs: 400, retryMs: 100, retryCapMs: 300 },
};
let rig: RelayRig;

beforeAll(async () => {
  rig = await RelayRig.start({ database: 'current' }, {}, overrides);
});
afterAll(() => rig.stop());

const database = () => rig.simulator.addresses.database;
const CODES = ['DATABASE_DOWN', 'DATABASE_OFF', 'DATABASE_NO_RECORDS', 'DATABASE_RIGHTS_WIDE'] as const;
const raised = (of = rig) => CODES.filter(code => of.daemon.health.conditions.isRaised(code));
const state = () => rig.daemon.upkeep.monitor.components().find(({ component }) => component === 'database');

async function asOwner(statement: string): Promise<void> {
  const { socketFolder: host = '', port = 0, peerUser: user = '', database: name = '' } = database() ?? {};
  const client = new Client({ host, port, user, database: name });
  await client.connect();
  await client.query(statement);
  await client.end();
}

it('nothing, with a login that only reads', async () => {
  await expect.poll(() => state()?.state, PATIENCE).toBe('up');
  expect(raised()).toEqual([]);
  await expect.poll(() => state()?.latenciesMs.length, PATIENCE).toBeGreaterThan(3);
});

it('it is gone: down, until it is back', async () => {
  rig.simulator.pbx.knobs.turn({ database: 'gone' });
  await expect.poll(() => raised(), PATIENCE).toEqual(['DATABASE_DOWN']);
  rig.simulator.pbx.knobs.reset();
  await expect.poll(() => raised(), PATIENCE).toEqual([]);
});

it('its socket is gone, by which alone it was found: down, not disabled', async () => {
  const { socketFolder = '', port = 0, peerUser = '', database: name = '' } = database() ?? {};
  const missing = join(rig.home, 'sockets');
  symlinkSync(socketFolder, missing);
  const one = await RelayRig.start(
    {},
    { DB_HOST: missing, DB_PORT: String(port), DB_USER: peerUser, DB_NAME: name },
    overrides,
  );
  const stateOf = () =>
    one.daemon.upkeep.monitor.components().find(({ component }) => component === 'database')?.state;
  await expect.poll(stateOf, PATIENCE).toBe('up');
  unlinkSync(missing);
  one.daemon.upkeep.monitor.reconnect('database');
  await expect.poll(stateOf, PATIENCE).toBe('down');
  expect(raised(one)).toContain('DATABASE_DOWN');
  await one.stop();
});

it('it has no records: another database, or a layout we do not know', async () => {
  await asOwner('ALTER TABLE cdroutput RENAME TO elsewhere');
  rig.daemon.upkeep.monitor.reconnect('database');
  await expect.poll(() => raised(), PATIENCE).toEqual(['DATABASE_NO_RECORDS']);
  await asOwner('ALTER TABLE elsewhere RENAME TO cdroutput');
  rig.daemon.upkeep.monitor.reconnect('database');
  await expect.poll(() => raised(), PATIENCE).toEqual([]);
});

it('the login is the owner: it could write, and that is said', async () => {
  const { socketFolder = '', port = 0, peerUser = '', database: name = '' } = database() ?? {};
  const wide = await RelayRig.start(
    {},
    { DB_HOST: socketFolder, DB_PORT: String(port), DB_USER: peerUser, DB_NAME: name },
    overrides,
  );
  await expect.poll(() => raised(wide), PATIENCE).toEqual(['DATABASE_RIGHTS_WIDE']);
  await wide.stop();
});

it('there is none at all, which is no fault', async () => {
  const none = await RelayRig.start({}, {}, overrides);
  await expect.poll(() => raised(none), PATIENCE).toEqual(['DATABASE_OFF']);
  await none.seesCalls();
  const { body } = await none.get('/relay/health');
  expect([body.status, body.components.database.state]).toEqual(['healthy', 'disabled']);
  expect(none.daemon.health.errors.list({ limit: 100, component: 'database' }).errors).toEqual([]);
  await none.stop();
});
