import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryPage, HistoryQuery } from '../../src/daemon/core/ports.ts';
import type { RecordTable } from '../../src/daemon/sources/threecx/history/records/record-layout.ts';
import {
  type HistoryRig,
  type Opened,
  openDatabase,
  ourSessions,
  startHistoryRig,
  untilUp,
} from './history-rig.ts';

const NOW = { text: 'SELECT 1', values: [] };

describe('the database of a current PBX', () => {
  let rig: HistoryRig;
  let opened: Opened;
  beforeAll(async () => {
    rig = await startHistoryRig();
  });
  afterEach(async () => {
    await opened.close();
    rig.simulator.pbx.knobs.reset();
  });
  afterAll(() => rig.stop());

  it('is entered by its ini file, and says why the rungs above failed', async () => {
    opened = await untilUp(openDatabase(rig));
    expect(opened.database.ladder.rung).toBe(`ini ${rig.address.iniFile} [DbAdminREADONLY]`);
    expect(opened.database.ladder.failures.map(({ reason }) => reason)).toEqual([
      'neither host, name, user nor password is set',
      'there is no such section',
    ]);
    expect(opened.database.records?.name).toBe('cdroutput');
    expect(opened.health.at(-1)).toMatchObject({ component: 'database', state: 'up', nextAttemptAt: null });
    expect(opened.health.at(-1)?.latencyMs).toBeLessThan(1000);
  });

  it('is entered by the variables before anything else', async () => {
    const { host, port, database, user, password } = rig.address;
    opened = await untilUp(openDatabase(rig, { host, port, database, user, password }));
    expect(opened.database.ladder).toEqual({ rung: 'DB_* variables', failures: [] });
  });

  it('is entered by peer login when nothing is written anywhere', async () => {
    const { port, socketFolder } = rig.address;
    opened = await untilUp(openDatabase(rig, { iniFiles: ['/none.ini'], socketFolder, port }));
    expect(opened.database.ladder.rung).toBe(`peer login at ${socketFolder}`);
    expect(opened.database.ladder.failures.at(-1)).toMatchObject({
      rung: 'ini /none.ini',
      reason: 'there is no such file',
    });
  });

  it('is entered by the next rung when a password is wrong, and never tells the password', async () => {
    const { host, port, user, database } = rig.address;
    opened = await untilUp(openDatabase(rig, { host, port, user, database, password: 'hunter2hunter2' }));
    expect(opened.database.ladder.failures[0]).toEqual({
      rung: 'DB_* variables',
      reason: 'the password is wrong',
    });
    expect(opened.database.ladder.rung).toContain('[DbAdminREADONLY]');
    expect(JSON.stringify([opened.health, opened.database.ladder])).not.toContain('hunter2');
  });

  it('names what is wrong with every rung when none holds, and plans the next attempt', async () => {
    opened = openDatabase(rig, {
      iniFiles: [],
      host: '127.0.0.1',
      port: rig.address.port,
      database: 'nowhere',
      password: 'x',
    });
    await expect.poll(() => opened.health.at(-1)?.state).toBe('down');
    const { reason, nextAttemptAt, rung } = opened.health.at(-1) ?? {};
    expect(reason).toContain('DB_* variables: the password is wrong');
    expect(reason).toContain('peer login at /nowhere: there is no such socket');
    expect(rung).toBeNull();
    expect(nextAttemptAt).toBeGreaterThan(Date.now() - 1000);
    await expect(opened.database.query(NOW)).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      retryAfterSeconds: 10,
    });
  });

  it('is never written to, not even as the owner of its tables', async () => {
    opened = await untilUp(openDatabase(rig));
    const write = opened.database.query({
      text: 'INSERT INTO cdroutput (cdr_id) VALUES (gen_random_uuid())',
      values: [],
    });
    await expect(write).rejects.toMatchObject({ code: 'E_UPSTREAM', cause: { code: '25006' } });
    const settings = await opened.database.query({
      text: `SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('application_name'),
        current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_read_only')`,
      values: [],
    });
    expect(settings).toEqual([['5s', '3s', '3cx-relay', '10s', 'on']]);
  });

  it('never sees more of us than the pool', async () => {
    opened = await untilUp(openDatabase(rig, { poolMax: 2 }));
    const asked = Array.from({ length: 12 }, () =>
      opened.database.query({ text: 'SELECT pg_sleep(0.1)', values: [] }),
    );
    await expect
      .poll(async () => (await ourSessions(rig)).filter(({ state }) => state === 'active').length)
      .toBe(2);
    await Promise.all(asked);
    expect(await ourSessions(rig)).toHaveLength(2);
    expect(opened.database.pool).toMatchObject({ max: 2, open: 2, waiting: 0 });
  });

  it('drops the question of whoever goes away, and the connection is free again', async () => {
    opened = await untilUp(openDatabase(rig));
    const gone = new AbortController();
    const asked = opened.database.query({ text: 'SELECT pg_sleep(4)', values: [] }, gone.signal);
    const sleeping = async () =>
      (await ourSessions(rig)).filter(
        ({ query }) => query.includes('pg_sleep(4)') && !query.includes('stat'),
      );
    await expect.poll(sleeping).toHaveLength(1);
    gone.abort(new Error('client gone'));
    await expect(asked).rejects.toThrow('client gone');
    await expect.poll(sleeping, { timeout: 1500 }).toHaveLength(0);
    expect(await opened.database.query(NOW)).toEqual([['1']]);
  });

  it('that takes too long is told as such', async () => {
    opened = await untilUp(openDatabase(rig));
    const slow = opened.database.query({
      text: "SELECT set_config('statement_timeout', '50ms', true), pg_sleep(0)",
      values: [],
    });
    await slow;
    const asked = opened.database.query({ text: 'SELECT pg_sleep(30)', values: [] });
    await expect(asked).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  });

  it('that goes away is down within seconds, and up again by itself', async () => {
    opened = await untilUp(openDatabase(rig));
    rig.simulator.pbx.knobs.turn({ database: 'gone' });
    await expect.poll(() => opened.health.at(-1)?.state, { timeout: 8000 }).toBe('down');
    expect(opened.health.at(-1)?.reason).toContain('nobody listens there');
    rig.simulator.pbx.knobs.turn({ database: 'up' });
    await untilUp(opened);
    expect(await opened.database.query(NOW)).toEqual([['1']]);
  });

  it('that falls silent keeps nobody waiting for ever, and is left', async () => {
    opened = await untilUp(openDatabase(rig));
    rig.simulator.pbx.knobs.turn({ database: 'hanging' });
    const asked = opened.database.query(NOW);
    await expect(asked).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    await expect.poll(() => opened.health.at(-1)?.state, { timeout: 15_000 }).toBe('down');
    expect(opened.health.at(-1)?.reason).toContain('does not answer in time');
    rig.simulator.pbx.knobs.turn({ database: 'up' });
    opened.database.reconnect();
    await untilUp(opened);
  }, 30_000);

  it('whose table is locked says so, and is not called down', async () => {
    opened = await untilUp(openDatabase(rig));
    rig.simulator.pbx.knobs.turn({ database: 'locked' });
    const isLocked = () =>
      rig.asPbx(
        async client =>
          (await client.query("SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"))
            .rowCount,
      );
    await expect.poll(isLocked).toBeGreaterThan(0);
    const page = opened.history.page({ start: 0, end: Date.now(), group: 'legs', limit: 1 });
    await expect(page).rejects.toMatchObject({ code: 'E_UNAVAILABLE', retryAfterSeconds: 5 });
    await expect(page).rejects.toThrow('the table is locked');
    expect(opened.health.at(-1)?.state).toBe('up');
  });
});

describe('tables that are not as expected', () => {
  let rig: HistoryRig;
  let opened: Opened;
  const folder = mkdtempSync(join(tmpdir(), 'history-tables-'));
  beforeAll(async () => {
    rig = await startHistoryRig({ database: 'older' });
    await rig.simulator.fillHistory({ days: 2, callsPerDay: 50 });
  });
  afterEach(() => opened.close());
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await rig.stop();
  });

  it('are read by their other names', async () => {
    opened = await untilUp(openDatabase(rig));
    expect(opened.database.ladder.rung).toContain('[CallReports]');
    expect(opened.database.ladder.failures.at(-1)?.reason).toBe('there is no such table in this database');
    const page = await opened.history.page({ start: 0, end: Date.now() + 60_000, group: 'calls', limit: 5 });
    expect(page).toMatchObject({ origin: 'cdr_output' });
    expect(page.records).toHaveLength(5);
  });

  it('give the same pages where rows have no place: as columns we may read, as a view, in parts', async () => {
    const query: HistoryQuery = { start: 0, end: Date.now() + 60_000, group: 'legs', limit: 30 };
    const seenAfter = async (...changes: string[]): Promise<{ pages: HistoryPage[]; table: RecordTable }> => {
      await rig.asPbx(async client => {
        for (const change of changes) await client.query(change);
      });
      opened = await untilUp(openDatabase(rig));
      const first = await opened.history.page(query);
      const second = await opened.history.page({ ...query, cursor: first.nextCursor ?? '' });
      const table = opened.database.records;
      await opened.close();
      if (!table) throw new Error('no table of records');
      return { pages: [first, second], table };
    };
    const { pages, table } = await seenAfter();
    expect(table.place).toBe('r.ctid');
    expect(pages.map(({ records }) => records.length)).toEqual([30, 30]);
    const same = { pages, table: { place: null } };
    const columns = new Set(Object.values(table.column).flatMap(text => text.match(/"\w+"/g) ?? []));
    const some = `GRANT SELECT (${[...columns].join()}) ON cdr_output TO logsreader`;
    const all = 'GRANT SELECT ON cdr_output TO logsreader';
    expect(await seenAfter('REVOKE SELECT ON cdr_output FROM logsreader', some)).toMatchObject(same);
    const view = 'CREATE VIEW cdr_output AS SELECT * FROM cdr_kept';
    expect(await seenAfter('ALTER TABLE cdr_output RENAME TO cdr_kept', view, all)).toMatchObject(same);
    const parent = 'CREATE TABLE cdr_output (LIKE cdr_kept)';
    const asPart = 'ALTER TABLE cdr_kept INHERIT cdr_output';
    expect(await seenAfter('DROP VIEW cdr_output', parent, asPart, all)).toMatchObject(same);
    const alone = ['ALTER TABLE cdr_kept NO INHERIT cdr_output', 'DROP TABLE cdr_output'];
    const back = await seenAfter(...alone, 'ALTER TABLE cdr_kept RENAME TO cdr_output', all);
    expect(back.pages).toEqual(pages);
  });

  it('may lack columns and have more than we know', async () => {
    await rig.asPbx(async client => {
      await client.query('CREATE TABLE cdroutput AS SELECT * FROM cdr_output');
      await client.query('GRANT SELECT ON cdroutput TO logsreader');
      await client.query(
        'ALTER TABLE cdroutput DROP COLUMN continued_in_cdr_id, DROP COLUMN source_participant_is_incoming',
      );
      await client.query(
        'ALTER TABLE cdroutput DROP COLUMN main_call_history_id, ADD COLUMN "mood ""of"" caller" json',
      );
      await client.query(
        "ALTER TABLE cdroutput ALTER start_time TYPE timestamp USING start_time AT TIME ZONE 'UTC'",
      );
    });
    opened = await untilUp(openDatabase(rig));
    const whole = { start: 0, end: Date.now() + 60_000, group: 'legs', limit: 500 } as const;
    const { records, origin } = await opened.history.page(whole);
    expect(origin).toBe('cdroutput');
    expect(records.length).toBeGreaterThan(50);
    expect(records.map(({ startedAt }) => startedAt)).toEqual(
      records
        .map(({ startedAt }) => startedAt)
        .toSorted()
        .toReversed(),
    );
    expect(records.some(({ direction }) => direction === 'inbound')).toBe(true);
  });

  it('that we may not read, or that are no records, are told as such, and the login is degraded', async () => {
    await rig.asPbx(async client => {
      await client.query('REVOKE SELECT ON cdroutput, cdr_output FROM logsreader');
    });
    opened = openDatabase(rig);
    await expect.poll(() => opened.health.at(-1)?.state).toBe('degraded');
    expect(opened.health.at(-1)?.reason).toContain(
      'table cdroutput: this user may not read it; grant it SELECT',
    );
    await rig.asPbx(async client => {
      await client.query('ALTER TABLE cdroutput DROP COLUMN start_time');
      await client.query('GRANT SELECT ON cdroutput, cdr_output TO logsreader');
    });
    opened.database.reconnect();
    await untilUp(opened);
    expect(opened.database.records?.name).toBe('cdr_output');
    expect(opened.database.ladder.failures.at(-1)?.reason).toContain(
      'no readable column cdr_started_at or start_time',
    );
  });

  it('that vanish under way are looked for anew at once', async () => {
    opened = await untilUp(openDatabase(rig));
    await rig.asPbx(client => client.query('ALTER TABLE cdr_output RENAME TO cdr_away'));
    const page = () => opened.history.page({ start: 0, end: Date.now(), group: 'legs', limit: 1 });
    await expect(page()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    await expect.poll(() => opened.health.at(-1)?.state).toBe('degraded');
    await rig.asPbx(client => client.query('ALTER TABLE cdr_away RENAME TO cdr_output'));
    opened.database.reconnect();
    await untilUp(opened);
    expect((await page()).records).toHaveLength(1);
  });

  it('and a file without a password fall to peer login', async () => {
    const { port, socketFolder } = rig.address;
    const file = join(folder, 'peer-only.ini');
    writeFileSync(file, '[DbAdminREADONLY]\nUser = phonesystem\n');
    opened = await untilUp(openDatabase(rig, { iniFiles: [file], socketFolder, port }));
    expect(opened.database.ladder.rung).toContain('peer login');
    expect(opened.database.ladder.failures.map(({ reason }) => reason)).toContain(
      'password missing or not usable there',
    );
  });
});
