import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { hearsCalls, opened, PATIENCE, QUICK_SOURCE, ring } from './fault-kit.ts';

/** The PBX's database fails in all the ways it can; live events never notice, and history comes back by itself. */
const range = `start=${new Date(Date.now() - 86_400_000).toISOString()}&end=${new Date(Date.now() + 86_400_000).toISOString()}`;
let rig: RelayRig;
let socket: RelaySocket;

beforeAll(async () => {
  rig = await RelayRig.start(
    { database: 'current' },
    { DB_CONNECT_TIMEOUT: '3000' },
    {
      sourceLimits: QUICK_SOURCE,
      databaseLimits: { probeEveryMs: 300, climbEveryMs: 600, retryMs: 100, retryCapMs: 500 },
    },
  );
  await rig.seesCalls();
  const { call } = ring(rig, '102');
  rig.act({ do: 'hangUp', call, by: 'caller' });
  await rig.simulator.settled();
});
beforeEach(async () => {
  socket = await opened(rig.connect());
  await isUp();
});
afterEach(async () => {
  rig.simulator.pbx.knobs.reset();
  await isUp();
  await hearsCalls(rig, socket);
  expect(socket.closeCode).toBe(0);
  expect((await history()).body.origin).toBe('cdroutput');
  expect(rig.logged.filter(line => /"level":[56]0/.test(line))).toEqual([]);
  socket.close();
});
afterAll(() => rig.stop());

const history = () => rig.get(`/relay/call-history?${range}&limit=5`);
const state = async () => (await rig.get('/relay/health')).body.components.database.state;
const isUp = () => expect.poll(state, PATIENCE).toBe('up');

/** Since when a line of the log tells this about the database. */
async function told(reason: RegExp, from: number): Promise<void> {
  const lines = () => rig.logged.slice(from).filter(line => line.includes('"component":"database"'));
  await expect.poll(() => lines().join(''), PATIENCE).toMatch(reason);
}

async function asPbx(...statements: string[]): Promise<void> {
  const { database } = rig.simulator.addresses;
  if (!database) throw new Error('There is no database');
  const { socketFolder: host, port, peerUser: user } = database;
  const client = new Client({ host, port, database: database.database, user });
  client.on('error', () => {});
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '3cx-relay'";

describe('the database', () => {
  it('is gone: XAPI answers, and when that fails too, the client is told what is the matter', async () => {
    const from = rig.logged.length;
    rig.simulator.pbx.knobs.turn({ database: 'gone' });
    await told(/nobody listens there/, from);
    expect(await state()).toBe('down');
    expect((await rig.get('/relay/health')).body.status).toBe('degraded');
    await hearsCalls(rig, socket);
    expect((await history()).body.origin).toContain('ReportCallLogData');
    rig.simulator.pbx.knobs.turn({ httpStatus: 503, httpPath: '/xapi/v1/Report' });
    const refused = await history();
    expect([refused.status, refused.body.code]).toEqual([502, 'E_UPSTREAM']);
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.body.detail).toContain('503');
    const one = await rig.get('/relay/call-history/nobody');
    expect([one.status, one.body.code]).toEqual([502, 'E_UPSTREAM']);
    const csv = await rig.get(`/relay/call-history?${range}`, { accept: 'text/csv' });
    expect([csv.status, csv.body.code]).toEqual([502, 'E_UPSTREAM']);
  });

  it('is locked: said with when to come again, if XAPI cannot stand in either', async () => {
    rig.simulator.pbx.knobs.turn({ database: 'locked', httpStatus: 503, httpPath: '/xapi/v1/Report' });
    await expect
      .poll(async () => {
        const { status, body, headers } = await history();
        return [status, body.code, headers.get('retry-after'), body.detail];
      }, PATIENCE)
      .toEqual([503, 'E_UNAVAILABLE', '5', expect.stringContaining('the table is locked')]);
    await hearsCalls(rig, socket);
  });

  it('is slow: history takes longer, events do not', async () => {
    rig.simulator.pbx.knobs.turn({ databaseDelayMs: 1200 });
    const order: string[] = [];
    const asked = history().then(({ body }) => order.push(body.origin));
    await hearsCalls(rig, socket).then(() => order.push('event'));
    await asked;
    expect(order).toEqual(['event', 'cdroutput']);
  });

  it('refuses our password: named, never shown, and tried again until it is right', async () => {
    const ini = readFileSync(rig.simulator.addresses.database?.iniFile ?? '', 'utf8');
    const password = /^Password = (.+)$/m.exec(ini)?.[1] ?? '';
    expect(password).not.toBe('');
    const from = rig.logged.length;
    await asPbx("ALTER ROLE phonesystem PASSWORD 'another'");
    await expect
      .poll(async () => {
        // One that was just being let in is cut the next time.
        await asPbx(CUT);
        return state();
      }, PATIENCE)
      .toBe('down');
    await told(/the password is wrong/, from);
    await hearsCalls(rig, socket);
    expect((await history()).body.origin).toContain('ReportCallLogData');
    expect(rig.logged.join('')).not.toContain(password);
    await asPbx(`ALTER ROLE phonesystem PASSWORD '${password}'`);
  });

  it('has no table of records: named, XAPI answers, and the table is used when it appears', async () => {
    const from = rig.logged.length;
    await asPbx('ALTER TABLE cdroutput RENAME TO away');
    await expect.poll(async () => (await history()).body.origin, PATIENCE).toContain('ReportCallLogData');
    await told(/table cdroutput: there is no such table/, from);
    expect(await state()).toBe('degraded');
    await hearsCalls(rig, socket);
    await asPbx('ALTER TABLE away RENAME TO cdroutput');
  });

  it('cuts our connections: nobody waits for ever, and the next question is answered', async () => {
    await asPbx(CUT);
    await hearsCalls(rig, socket);
    await expect.poll(async () => (await history()).status, PATIENCE).toBe(200);
  });
});
