import { type AddressInfo, connect, createServer } from 'node:net';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Practice, wrongClock } from './kit.ts';

const DAY_MS = 86_400_000;
let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open({ database: 'current' });
});
afterEach(() => void practice.simulator.pbx.knobs.reset());
afterAll(() => practice.close());

function address() {
  const { database, databaseMissing } = practice.simulator.addresses;
  if (database === null) throw new Error(databaseMissing ?? 'no database');
  return database;
}

/** As the role that reads only, named by variables. */
function asReader(changes: Record<string, string> = {}): Record<string, string> {
  const { host, port, database, user, password } = address();
  return {
    ...{ DB_INI: '/nowhere.ini', DB_HOST: host, DB_PORT: String(port), DB_NAME: database },
    ...{ DB_USER: user, DB_PASSWORD: password },
    ...changes,
  };
}

/** As the PBX itself, which may write. */
async function asPbx(...statements: string[]): Promise<void> {
  const { socketFolder, port, database, peerUser } = address();
  const client = new Client({ host: socketFolder, port, database, user: peerUser });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('the ini file', () => {
  it('that offers a login is named with its section', async () => {
    const check = (await practice.look()).of('ini');
    expect(check.result).toBe('ok');
    expect(check.evidence[0]).toBe(`login in ini ${address().iniFile} [DbAdminREADONLY]`);
  });

  it('that is nowhere is INI_NOT_FOUND, and without any login DB_NOT_SET_UP', async () => {
    const seen = await practice.look({ variables: { DB_INI: '/nowhere.ini' } });
    expect(seen.of('ini')).toMatchObject({ code: 'INI_NOT_FOUND', result: 'warning' });
    expect(seen.of('db-login')).toMatchObject({ code: 'DB_NOT_SET_UP', result: 'warning' });
    expect(seen.of('db-rights')).toMatchObject({ result: 'skipped', evidence: ['see db-login'] });
    expect(seen.failing).toEqual([]);
  });

  it('is not missed where DB_* variables are set', async () => {
    expect((await practice.look({ variables: asReader() })).code('ini')).toBe('OK');
  });

  it('without a whole login is INI_WITHOUT_LOGIN, and login by the socket is found all the same', async () => {
    const modern = await Practice.open({ database: 'current', ini: 'peerOnly' });
    const { port, socketFolder } = modern.simulator.addresses.database ?? address();
    const databasePlaces = { iniFiles: [], socketFolder, port };
    const seen = await modern.look({ host: { databasePlaces } });
    await modern.close();
    expect(seen.code('ini')).toBe('INI_WITHOUT_LOGIN');
    expect(seen.of('db-login').evidence[0]).toBe(`in by peer login at ${socketFolder}`);
  });

  // Root may read everything.
  it.skipIf(process.getuid?.() === 0)('that may not be read is INI_CLOSED', async () => {
    const { chmodSync } = await import('node:fs');
    chmodSync(address().iniFile, 0);
    const seen = await practice.look();
    chmodSync(address().iniFile, 0o600);
    expect(seen.code('ini')).toBe('INI_CLOSED');
  });
});

describe('the login', () => {
  it('that is refused is DB_LOGIN_REFUSED, and the password is shown nowhere', async () => {
    const seen = await practice.look({ variables: asReader({ DB_PASSWORD: 'canary-hunter2' }) });
    expect(seen.failing).toEqual(['db-login: DB_LOGIN_REFUSED']);
    expect(seen.of('db-login').evidence[0]).toBe('DB_* variables: the password is wrong');
    expect(JSON.stringify(seen.report)).not.toContain('hunter2');
  });

  it.each(['gone', 'hanging'] as const)(
    'to a server that is %s is DB_SILENT, within the time',
    async database => {
      practice.simulator.pbx.knobs.turn({ database });
      const seen = await practice.look({ variables: asReader() });
      expect(seen.failing).toEqual(['db-login: DB_SILENT']);
      expect(seen.report.durationMs).toBeLessThan(15_000);
    },
  );
});

describe('rights', () => {
  it('of the modest role are proven: a write is refused, and no table could be written', async () => {
    expect((await practice.look({ variables: asReader() })).of('db-rights')).toMatchObject({
      code: 'OK',
      evidence: ['logsreader by DB_* variables: a write was refused (25006)', 'the role may write no table'],
    });
  });

  it("of the PBX's own role are DB_RIGHTS_WIDE, and our session is refused a write all the same", async () => {
    const check = (await practice.look()).of('db-rights');
    expect(check).toMatchObject({ code: 'DB_RIGHTS_WIDE', result: 'warning' });
    expect(check.evidence[0]).toContain('a write was refused (25006)');
    expect(check.evidence[1]).toMatch(/may write \d+ tables, such as /);
  });

  it('behind a proxy that drops what we ask for are DB_SESSION_WRITES', async () => {
    const { port } = address();
    const proxy = createServer(near => {
      const far = connect(port, '127.0.0.1');
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      near.on('data', data =>
        far.write(data.toString('latin1').replace('read_only=on', 'read_only=no'), 'latin1'),
      );
      near.on('close', () => far.destroy());
      far.pipe(near);
    });
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
    const DB_PORT = String((proxy.address() as AddressInfo).port);
    const seen = await practice.look({ variables: asReader({ DB_PORT }) });
    proxy.close();
    expect(seen.failing).toEqual(['db-rights: DB_SESSION_WRITES']);
  });
});

describe('the table of records', () => {
  it.each([
    [
      'that is not there',
      'ALTER TABLE cdroutput RENAME TO elsewhere',
      'ALTER TABLE elsewhere RENAME TO cdroutput',
      'DB_TABLE_MISSING',
    ],
    [
      'that may not be read',
      'REVOKE SELECT ON cdroutput FROM logsreader',
      'GRANT SELECT ON cdroutput TO logsreader',
      'DB_TABLE_CLOSED',
    ],
    [
      'without a column we need',
      'ALTER TABLE cdroutput RENAME cdr_id TO other',
      'ALTER TABLE cdroutput RENAME other TO cdr_id',
      'DB_TABLE_UNKNOWN',
    ],
    [
      'without a column we know',
      'ALTER TABLE cdroutput RENAME termination_reason TO other',
      'ALTER TABLE cdroutput RENAME other TO termination_reason',
      'DB_TABLE_PARTIAL',
    ],
  ])('%s is found by name', async (_, spoil, mend, code) => {
    await asPbx(spoil);
    const seen = await practice.look({ variables: asReader() });
    await asPbx(mend);
    expect(seen.code('db-login')).toBe('OK');
    expect(seen.code('db-table')).toBe(code);
  });

  it('of the older layout is fine', async () => {
    const older = await Practice.open({ database: 'older' });
    const seen = await older.look();
    await older.close();
    expect(seen.code('db-table')).not.toBe('DB_TABLE_MISSING');
    expect(seen.of('db-table').evidence.join()).toContain('cdr_output');
  });
});

describe('the newest record', () => {
  it('that does not exist is DB_RECORDS_NONE', async () => {
    expect((await practice.look()).code('db-records')).toBe('DB_RECORDS_NONE');
  });

  it('of a locked table is DB_RECORDS_CLOSED', async () => {
    practice.simulator.pbx.knobs.turn({ database: 'locked' });
    const seen = await practice.look({ variables: asReader() });
    expect(seen.failing).toEqual(['db-records: DB_RECORDS_CLOSED']);
    expect(seen.of('db-records').evidence[0]).toContain('locked');
  });

  it('of today is fine, of last week DB_RECORDS_OLD', async () => {
    await practice.simulator.fillHistory({ days: 1, callsPerDay: 50 });
    const fresh = (await practice.look()).of('db-records');
    expect(fresh).toMatchObject({ code: 'OK', evidence: [expect.stringContaining('ago')] });
    const old = await practice.look({ clock: wrongClock(7 * DAY_MS) });
    expect(old.of('db-records')).toMatchObject({ code: 'DB_RECORDS_OLD', result: 'warning' });
  });
});
