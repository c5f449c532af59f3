import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'ini';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../exchange/call-record.ts';
import { KnobBoard } from '../knobs.ts';
import { startDatabase } from './database.ts';
import {
  countRows,
  peerLogin,
  readerLogin,
  sampleRecord,
  startTestBench,
  type TestBench,
  withClient,
} from './test-bench.ts';

describe('a current database', () => {
  let bench: TestBench;
  beforeAll(async () => {
    bench = await startTestBench();
  });
  afterAll(() => bench.stop());

  it('lets logsreader in by password and gives it the records', async () => {
    const { address } = bench.database;
    const { rows } = await withClient(readerLogin(address), client =>
      client.query('SELECT current_user, current_database(), current_setting($1) AS zone', ['timezone']),
    );
    expect(rows).toEqual([{ current_user: 'logsreader', current_database: 'database_single', zone: 'UTC' }]);
    expect(address).toMatchObject({
      host: '127.0.0.1',
      database: 'database_single',
      peerUser: 'phonesystem',
    });
  });

  it('lets phonesystem in over the socket without a password, and nobody else', async () => {
    const peer = peerLogin(bench.database.address);
    const { rows } = await withClient(peer, client => client.query('SELECT current_user'));
    expect(rows).toEqual([{ current_user: 'phonesystem' }]);
    const asReader = withClient({ ...peer, user: 'logsreader' }, client => client.query('SELECT 1'));
    await expect(asReader).rejects.toMatchObject({ code: '28000' });
  });

  it('refuses a wrong password, other databases and the superuser at the TCP door', async () => {
    const login = readerLogin(bench.database.address);
    const attempt = (changes: object) =>
      withClient({ ...login, ...changes }, client => client.query('SELECT 1'));
    await expect(attempt({ password: 'guessed' })).rejects.toMatchObject({ code: '28P01' });
    await expect(attempt({ database: 'masterprofiles' })).rejects.toMatchObject({ code: '28000' });
    await expect(attempt({ user: 'postgres' })).rejects.toMatchObject({ code: '28000' });
  });

  it('gives logsreader neither the right to write nor the private tables', async () => {
    await withClient(readerLogin(bench.database.address), async client => {
      await expect(client.query('DELETE FROM cdroutput')).rejects.toMatchObject({ code: '25006' });
      await client.query('SET default_transaction_read_only = off');
      await expect(client.query('DELETE FROM cdroutput')).rejects.toMatchObject({ code: '42501' });
      for (const write of ['lo_create(0)', 'lo_creat(-1)', "lo_from_bytea(0, 'x')"]) {
        await expect(client.query(`SELECT ${write}`)).rejects.toMatchObject({ code: '42501' });
      }
      for (const table of ['refresh_tokens', 'jwt_signing_keys']) {
        const read = client.query(`SELECT * FROM private.${table}`);
        await expect(read).rejects.toMatchObject({ code: '42501' });
      }
    });
  });

  it('has the tables that clients look for', async () => {
    const names = ['cdrrecordings', 'cdrcrmcontact', 'recordings', 'recording_participant', 'users', 'dn'];
    const legacy = [
      'callcent_queuecalls',
      'callcent_ag_queuestatus',
      'callcent_ag_dropped_calls',
      'cl_calls',
    ];
    const others = ['cl_segments', 'cl_participants', 'cl_party_info', 'cl_quality', 'extension', 'queue'];
    for (const name of [...names, ...legacy, ...others, 'myphone_callhistory_v14']) {
      expect(await countRows(readerLogin(bench.database.address), name), name).toBe(0);
    }
  });

  it('shows a record as it was written, column by column', async () => {
    const written = [sampleRecord(0xa0), sampleRecord(0xa1)];
    for (const record of written) bench.database.writeRecord(record);
    await bench.database.settled();
    const read = await withClient(readerLogin(bench.database.address), client =>
      client.query<CallRecord>('SELECT * FROM cdroutput WHERE cdr_id = ANY($1) ORDER BY cdr_id', [
        written.map(record => record.cdr_id),
      ]),
    );
    expect(read.rows).toStrictEqual(written);
    expect(read.fields.map(field => field.name)).toEqual(Object.keys(sampleRecord(0)));
    const billed = await withClient(readerLogin(bench.database.address), client =>
      client.query(
        `SELECT source_bill_rate::int AS rate, extract(epoch FROM source_bill_duration)::float AS talked
         FROM cdrbilling WHERE cdr_id = ANY($1) ORDER BY cdr_id`,
        [written.map(record => record.cdr_id)],
      ),
    );
    expect(billed.rows).toEqual([
      { rate: 0, talked: 60.416 },
      { rate: 0, talked: 0 },
    ]);
  });

  it('loses only the row that the server will not take', async () => {
    const before = await countRows(readerLogin(bench.database.address), 'cdroutput');
    for (let n = 0xb0; n < 0xb5; n += 1) {
      const sample = sampleRecord(n);
      bench.database.writeRecord(n === 0xb2 ? { ...sample, source_dn_name: 'nul \0 is no text' } : sample);
    }
    await bench.database.settled();
    expect(await countRows(readerLogin(bench.database.address), 'cdroutput')).toBe(before + 4);
    expect(bench.database.writerState).toMatchObject({ waiting: 0, dropped: 1 });
    expect(bench.database.writerState.lastFault).toContain('invalid byte sequence');
  });

  it('takes a past in bulk', async () => {
    const before = await countRows(readerLogin(bench.database.address), 'cdroutput');
    async function* past() {
      for (let from = 0; from < 20_000; from += 2_500) {
        yield Array.from({ length: 2_500 }, (_, index) => sampleRecord(0x10_0000 + from + index));
      }
    }
    expect(await bench.database.fill(past())).toBe(20_000);
    expect(await countRows(readerLogin(bench.database.address), 'cdroutput')).toBe(before + 20_000);
  });

  it('stands in an ini file that leads in by password', async () => {
    const { iniFile, port } = bench.database.address;
    expect(iniFile.endsWith('/var/lib/3cxpbx/Bin/3CXPhoneSystem.ini')).toBe(true);
    expect(statSync(iniFile).mode & 0o777).toBe(0o600);
    const { CfgServerProfile, QMDatabase, DbAdminREADONLY } = parse(readFileSync(iniFile, 'utf8'));
    expect(CfgServerProfile).toMatchObject({ DBHost: '127.0.0.1', DBPort: String(port) });
    const login = { host: CfgServerProfile.DBHost, port: Number(CfgServerProfile.DBPort) };
    const reader = { ...login, user: DbAdminREADONLY.User, password: DbAdminREADONLY.Password };
    expect(await countRows({ ...reader, database: QMDatabase.DBName }, 'private.refresh_tokens')).toBe(0);
    const master = { user: CfgServerProfile.MasterDBUser, password: CfgServerProfile.MasterDBPassword };
    const masterLogin = { ...login, ...master, database: CfgServerProfile.DBName };
    expect(await countRows(masterLogin, 'pg_database')).toBeGreaterThan(0);
  });
});

describe('an older database', () => {
  let bench: TestBench;
  beforeAll(async () => {
    const operatorName = (dn: string) => (dn === '101' ? 'Zoë O’Neil' : undefined);
    bench = await startTestBench({ layout: 'older', ini: 'callReports', operatorName });
  });
  afterAll(() => bench.stop());

  it('keeps records as legs with other names for the times', async () => {
    bench.database.writeRecord(sampleRecord(2));
    await bench.database.settled();
    const { rows } = await withClient(readerLogin(bench.database.address), client =>
      client.query('SELECT * FROM cdr_output'),
    );
    const { cdr_started_at, cdr_answered_at, cdr_ended_at, ...same } = sampleRecord(2);
    const times = { start_time: cdr_started_at, answer_time: cdr_answered_at, end_time: cdr_ended_at };
    expect(rows).toStrictEqual([{ ...same, ...times }]);
  });

  it('keeps the history of operators', async () => {
    const state = { queueStatus: 'LoggedIn' as const, profile: 'Away', since: 1_000_123, until: 2_000_456 };
    bench.database.writeAgentInterval({ dn: '101', ...state });
    bench.database.writeAgentInterval({ dn: '999', ...state });
    await bench.database.settled();
    const { rows } = await withClient(readerLogin(bench.database.address), client =>
      client.query('SELECT * FROM operator_state_history ORDER BY id'),
    );
    const times = { start_time: new Date(1_000_123), end_time: new Date(2_000_456) };
    const row = { queue_status: 'LoggedIn', profile: 'Away', ...times };
    expect(rows).toEqual([
      { id: '1', operator_dn: '101', operator_name: 'Zoë O’Neil', ...row },
      { id: '2', operator_dn: '999', operator_name: null, ...row },
    ]);
  });

  it('stands in an ini file of the old shape that leads in by password', async () => {
    const { iniFile } = bench.database.address;
    expect(iniFile.endsWith('/var/lib/3cxpbx/Instance1/Bin/3CXPhoneSystem.ini')).toBe(true);
    const { CallReports } = parse(readFileSync(iniFile, 'utf8'));
    expect(CallReports.USERNAME).toBe('logsreader');
    const login = {
      host: CallReports.SERVER,
      port: Number(CallReports.PORT),
      database: CallReports.DATABASE,
    };
    const reader = { ...login, user: CallReports.USERNAME, password: CallReports.PASSWORD };
    expect(await countRows(reader, 'cdr_output')).toBeGreaterThanOrEqual(0);
  });
});

describe('the end', () => {
  it('leaves no process and no file behind', async () => {
    const { database, folder } = await startTestBench({ ini: 'peerOnly' });
    expect(readFileSync(database.address.iniFile, 'utf8')).not.toMatch(/password/i);
    expect(processesNaming(folder)).not.toEqual([]);
    database.writeRecord(sampleRecord(1));
    await database.stop();
    expect(processesNaming(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  });

  it('comes with a sentence where there can be no database', async () => {
    const root = mkdtempSync(join(tmpdir(), '3cx-database-'));
    const folder = join(root, 'x'.repeat(100));
    mkdirSync(folder);
    chmodSync(root, 0o711);
    const opened = await startDatabase({
      folder,
      port: 0,
      layout: 'current',
      ini: 'current',
      knobs: new KnobBoard(),
    });
    expect(opened).toEqual({ missing: expect.stringContaining('Set TMPDIR to a shorter one') });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(root, { recursive: true });
  });

  it('or with an error when the port is taken', async () => {
    const { database, stop } = await startTestBench();
    await expect(startTestBench({ port: database.address.port })).rejects.toThrow('choose another port');
    await stop();
  });
});

function processesNaming(folder: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args', '--width', '1000'], { encoding: 'utf8' }).split('\n');
  return lines.filter(line => line.includes(folder));
}
