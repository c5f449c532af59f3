import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restore } from '../../src/daemon/store/backup/restore.ts';
import { pathsUnder } from '../../src/shared/paths.ts';
import { PATIENCE, QUICK_SOURCE, ring } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';

/** What a running relay remembers of errors, requests and conditions, and how it is backed up and brought back. */
let rig: RelayRig;
let freeBytes = 10e9;

beforeAll(async () => {
  rig = await RelayRig.start(
    {},
    {},
    { sourceLimits: QUICK_SOURCE, hostProbes: { freeBytes: () => freeBytes } },
  );
  await rig.seesCalls();
});
afterAll(() => rig.stop());

const errors = (query: object = {}) => rig.daemon.health.errors.list({ limit: 100, ...query }).errors;
const isRaised = (code: Parameters<typeof rig.daemon.health.conditions.isRaised>[0]) =>
  rig.daemon.health.conditions.isRaised(code);
const paths = () => pathsUnder(rig.home);

function atFile(file: string, ...statements: string[]): void {
  const database = new Sqlite(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

describe('an error', () => {
  it('on our side is kept with its place, and shown as a defect', async () => {
    atFile(paths().journalFile, 'ALTER TABLE journal RENAME TO away');
    for (let i = 0; i < 3; i++) expect((await rig.get('/relay/events')).status).toBe(500);
    atFile(paths().journalFile, 'ALTER TABLE away RENAME TO journal');
    expect(errors({ component: 'relay' })).toMatchObject([
      { code: 'E_INTERNAL', place: 'GET /relay/events', severity: 'error', count: 3 },
    ]);
    await expect.poll(() => isRaised('DEFECT')).toBe(true);
  });

  it('of the phone system is kept by what was asked, without numbers and queries', async () => {
    rig.simulator.pbx.knobs.turn({ httpStatus: 503, httpPath: '/xapi/v1/Users' });
    await expect
      .poll(() => errors({ component: 'xapi' }), PATIENCE)
      .toMatchObject([{ code: 'pbx_server', place: 'GET /xapi/v1/Users', severity: 'warning' }]);
    rig.simulator.pbx.knobs.reset();
  });

  it('of a command tells which', async () => {
    const refused = await rig.ask('POST', '/relay/calls', { body: { from: '999', to: '+442079460101' } });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    rig.simulator.pbx.knobs.turn({ httpStatus: 500, httpPath: '/callcontrol/101' });
    await rig.ask('POST', '/relay/calls', { body: { from: '101', to: '+442079460101' } });
    rig.simulator.pbx.knobs.reset();
    await expect
      .poll(
        () =>
          errors({ component: 'callcontrol' })
            .map(({ place }) => place)
            .join(),
        PATIENCE,
      )
      .toMatch(/(GET|POST) \/callcontrol\/:id\//);
  });

  it('has no secret and no whole number in it', async () => {
    const { clientSecret } = rig.simulator.addresses;
    rig.daemon.health.board.incident({
      code: 'fault',
      place: 'test',
      detail: `+442079460101 or 02079460199 called with ${clientSecret} and Bearer abc.def; ${rig.key}`,
    });
    const [error] = errors({ component: 'threecx' });
    expect(error?.detail).toMatch(
      /^\*\*\*101 or \*\*\*199 called with \*\*\* and Bearer \*\*\*; rk_\w+_\*\*\*$/,
    );
    const kept =
      readFileSync(paths().stateFile, 'latin1') + readFileSync(`${paths().stateFile}-wal`, 'latin1');
    for (const secret of [clientSecret, '442079460101', '02079460199', rig.key])
      expect(kept).not.toContain(secret);
  });

  it('of the log itself becomes a condition', async () => {
    for (const code of ['E_LOG_READ', 'E_AGENT_HISTORY', 'questions_overflow', 'snapshot_disagreement'])
      rig.daemon.health.board.incident({ code, place: 'test', detail: 'no' });
    for (const code of ['JOURNAL_FAULT', 'HISTORY_UNREADABLE', 'PBX_OVERLOADED', 'EVENTS_MISSED'] as const)
      expect(isRaised(code), code).toBe(true);
  });

  it('is counted in the metrics by its code', async () => {
    expect((await rig.get('/relay/metrics')).body).toMatch(/relay_incidents_total\{code="E_INTERNAL"\} 3\n/);
  });
});

describe('requests', () => {
  it('are counted for their key, also refused ones, and streams', async () => {
    const key = await rig.newKey({ name: 'counted', permissions: ['read'] });
    const headers = { authorization: `Bearer ${key}` };
    const id = /^rk_([^_]+)_/.exec(key)?.[1] ?? '';
    for (let i = 0; i < 4; i++) await rig.get('/relay/me', headers);
    await rig.get('/relay/active-calls/none', headers);
    await rig.get('/relay/metrics', headers);
    const socket = rig.connect('', headers);
    await expect.poll(() => socket.of('hello').length).toBe(1);
    socket.close();
    const usage = () => rig.daemon.health.requests.usage(id, Date.now() - 60_000);
    await expect.poll(() => usage().requests).toBe(7);
    expect(usage()).toMatchObject({ refused: 2 });
    expect(
      usage()
        .routes.map(({ route, status }) => `${status} ${route}`)
        .toSorted(),
    ).toEqual([...['101 /relay/ws', '200 /relay/me', '403 /relay/metrics', '404 /relay/active-calls/:id']]);
  });

  it('are no longer recorded while the disk is nearly full', async () => {
    freeBytes = 100e6;
    await expect.poll(() => isRaised('DISK_VERY_LOW'), PATIENCE).toBe(true);
    const { dropped } = rig.daemon.health.requests;
    await rig.get('/relay/me');
    await expect.poll(() => rig.daemon.health.requests.dropped).toBeGreaterThan(dropped);
    freeBytes = 10e9;
    await expect.poll(() => isRaised('DISK_VERY_LOW'), PATIENCE).toBe(false);
  });
});

it('a log that cannot be written is a condition, and is none when it can again', async () => {
  atFile(
    paths().journalFile,
    "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'disk full'); END",
  );
  const { call } = ring(rig);
  await expect.poll(() => isRaised('JOURNAL_NOT_DURABLE'), PATIENCE).toBe(true);
  expect((await rig.get('/relay/health')).body.status).toBe('degraded');
  atFile(paths().journalFile, 'DROP TRIGGER full');
  await expect.poll(() => isRaised('JOURNAL_NOT_DURABLE'), PATIENCE).toBe(false);
  rig.act({ do: 'hangUp', call, by: 'caller' });
});

describe('files', () => {
  it('are looked after while the relay runs', async () => {
    expect(await rig.daemon.upkeep.maintain()).toMatchObject([
      { part: 'state', fault: null, removed: { api_requests: 0 } },
      { part: 'journal', fault: null },
    ]);
  });

  it('are backed up while it runs, and brought back: the log goes on in a new epoch, and says why', async () => {
    const { epoch } = (await rig.get('/relay/events?limit=1')).body;
    const { folder } = await rig.daemon.upkeep.backUp(join(rig.home, 'backups'));
    await expect(restore({ folder, paths: paths(), now: Date.now() })).rejects.toMatchObject({
      code: 'E_CONFLICT',
    });
    await rig.daemon.stop();
    await restore({ folder, paths: paths(), now: Date.now() });
    await rig.startDaemon();
    expect((await rig.get('/relay/events?limit=1')).body.epoch).not.toBe(epoch);
    expect(isRaised('EPOCH_CHANGED')).toBe(true);
    expect(
      rig.daemon.health.conditions.current().find(({ code }) => code === 'EPOCH_CHANGED')?.detail,
    ).toContain('restored from the backup');
    await rig.seesCalls();
  });

  it('of a log that had lived in memory only begin a new epoch too', async () => {
    await rig.daemon.stop();
    rmSync(paths().journalMarkFile);
    await rig.startDaemon();
    expect(isRaised('EPOCH_CHANGED')).toBe(true);
    await rig.daemon.stop();
    await rig.startDaemon();
    expect(isRaised('EPOCH_CHANGED')).toBe(false);
  });

  it('remember conditions over a restart', async () => {
    const past = rig.daemon.health.conditionHistory.page({ limit: 500 });
    expect(past.find(({ code }) => code === 'DISK_VERY_LOW')?.clearedAt).toEqual(expect.any(Number));
    expect(past.map(({ code }) => code)).toContain('EPOCH_CHANGED');
    expect(readdirSync(rig.home).some(name => name.startsWith('state.db.before-'))).toBe(true);
  });
});
