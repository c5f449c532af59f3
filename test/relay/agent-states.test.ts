import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './openapi-check.ts';
import { RelayRig } from './relay-rig.ts';

const TABLE = 'operator_state_history';
const OWN = 'own history from XAPI Users';
const FAST = { sourceLimits: { agentsEveryMs: 200, pollGapMinMs: 50 } };

interface Stretch {
  dn: string;
  name: string;
  queueStatus: string;
  profile: string;
  startedAt: string;
  endedAt: string | null;
}

async function history(
  rig: RelayRig,
  query = '',
  headers: Record<string, string> = {},
): Promise<{ origin: string; stretches: Stretch[] }> {
  const { status, body } = await rig.get(`/relay/agents/history${query}`, headers);
  expect(status).toBe(200);
  return body;
}

/** What the relay said last of where it has agents' states from. */
function told(rig: RelayRig): { state: string; rung: string | null; reason: string | null } | undefined {
  return rig.logged.map(line => JSON.parse(line)).findLast(line => line.component === 'agents');
}

async function asPbx(rig: RelayRig, statement: string): Promise<void> {
  const address = rig.simulator.addresses.database;
  if (!address) throw new Error('There is no database');
  const { socketFolder: host, port, database, peerUser: user } = address;
  const client = new Client({ host, port, database, user });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

describe('where the database keeps the states of agents', () => {
  let rig: RelayRig;
  beforeAll(async () => {
    rig = await RelayRig.start({ database: 'older' }, {}, FAST);
    await rig.seesCalls();
  });
  afterAll(() => rig.stop());

  it('goes by its own history while the table is empty', async () => {
    await expect
      .poll(() => told(rig))
      .toMatchObject({
        state: 'up',
        rung: OWN,
        reason: expect.stringMatching(new RegExp(`${TABLE}: .*empty`)),
      });
    await expect.poll(async () => (await history(rig)).stretches.length).toBeGreaterThan(0);
    expect((await history(rig)).origin).toBe(OWN);
  });

  it('tells them from the table', async () => {
    const { agents } = rig.simulator.pbx;
    agents.change('101', { profile: 'Away' });
    agents.change('102', { queueStatus: 'LoggedOut' });
    agents.change('101', { profile: 'Available' });
    await rig.simulator.settled();
    await expect.poll(async () => (await history(rig)).origin).toBe(TABLE);
    await expect.poll(async () => (await history(rig)).stretches.length).toBe(3);
    const { stretches } = await history(rig);
    const [newest] = stretches;
    expect(newest).toEqual({
      dn: '101',
      name: 'Test, Ada',
      queueStatus: 'LoggedIn',
      profile: 'Away',
      startedAt: expect.stringMatching(/Z$/),
      endedAt: expect.stringMatching(/Z$/),
    });
    expect(stretches.map(({ dn }) => dn).toSorted()).toEqual(['101', '101', '102']);
    await expect.poll(() => told(rig)).toMatchObject({ state: 'up', rung: TABLE, reason: null });
    const { body: document } = await rig.get('/relay/openapi.json');
    const reply = await rig.get('/relay/agents/history');
    expect(violations(document, { path: '/relay/agents/history', method: 'get', reply })).toEqual([]);
  });

  it('by number, time and amount, and to each key only what it may see', async () => {
    expect((await history(rig, '?dn=102')).stretches.map(({ dn }) => dn)).toEqual(['102']);
    expect((await history(rig, '?limit=1')).stretches).toHaveLength(1);
    expect((await history(rig, '?start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z')).stretches).toEqual(
      [],
    );
    const key = await rig.newKey({ name: 'one phone', permissions: ['read'], extensions: ['102'] });
    const headers = { authorization: `Bearer ${key}` };
    expect((await history(rig, '', headers)).stretches.map(({ dn }) => dn)).toEqual(['102']);
    expect((await history(rig, '?dn=101', headers)).stretches).toEqual([]);
  });

  it('steps down when the table cannot be read, says why, and comes back by itself', {
    timeout: 60_000,
  }, async () => {
    await asPbx(rig, `REVOKE SELECT ON ${TABLE} FROM logsreader`);
    await expect.poll(async () => (await history(rig)).origin).toBe(OWN);
    await expect.poll(() => told(rig)?.reason).toBe(`${TABLE}: this user may not read it; grant it SELECT`);
    await asPbx(rig, `GRANT SELECT ON ${TABLE} TO logsreader`);
    rig.simulator.pbx.knobs.turn({ database: 'gone' });
    await expect.poll(() => told(rig)?.reason, { timeout: 20_000 }).toMatch(/no connection/);
    expect((await history(rig)).origin).toBe(OWN);
    rig.simulator.pbx.knobs.turn({ database: 'up' });
    await expect.poll(async () => (await history(rig)).origin, { timeout: 30_000 }).toBe(TABLE);
    await expect.poll(() => told(rig)).toMatchObject({ state: 'up', rung: TABLE, reason: null });
  });

  it('does not take a table of that name for one that it is not', { timeout: 60_000 }, async () => {
    await asPbx(rig, `ALTER TABLE ${TABLE} RENAME COLUMN end_time TO mood`);
    await expect.poll(async () => (await history(rig)).origin).toBe(OWN);
    await expect
      .poll(() => told(rig)?.reason)
      .toBe(`${TABLE}: it has no readable column end_time or ended_at of a type we know`);
  });
});

describe('where it does not', () => {
  let rig: RelayRig;
  beforeAll(async () => {
    rig = await RelayRig.start({ database: 'current' }, {}, FAST);
    await rig.seesCalls();
  });
  afterAll(() => rig.stop());

  it('goes by its own history and says why, and all is healthy', async () => {
    await expect
      .poll(() => told(rig))
      .toMatchObject({
        state: 'up',
        rung: OWN,
        reason: `${TABLE}: there is no such table in this database`,
      });
    rig.simulator.pbx.agents.change('103', { profile: 'Away' });
    const away = async () => (await history(rig, '?dn=103')).stretches.map(({ profile }) => profile);
    await expect.poll(away).toEqual(['Away', 'Available']);
    expect((await history(rig)).origin).toBe(OWN);
    await expect
      .poll(async () => (await rig.get('/relay/health')).body)
      .toMatchObject({ status: 'healthy', components: { agents: { state: 'up' } } });
  });

  it('says so when the phone system does not tell either, and that calls are seen all the same', async () => {
    rig.simulator.pbx.knobs.turn({ httpStatus: 403, httpPath: '/xapi/v1/Users' });
    await expect.poll(() => told(rig)).toMatchObject({ state: 'down', rung: null });
    expect(told(rig)?.reason).toContain(`${TABLE}: there is no such table`);
    expect(told(rig)?.reason).toContain(OWN);
    expect((await history(rig)).stretches.length).toBeGreaterThan(0);
    expect((await rig.get('/relay/health')).body.status).toBe('degraded');
    expect((await rig.get('/relay/active-calls')).body.stale).toBe(false);
  });
});
