import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/errors.ts';
import { checkDatabase, openDatabase, transaction } from './database.ts';
import { asAppError, isDamage } from './database-fault.ts';
import { readSchema } from './schema-text.ts';

const schema = readSchema();
const addsColour = { version: 2, sql: "ALTER TABLE api_keys ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'" };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-database-'));
  path = join(folder, 'deeper', 'state.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('no error was thrown');
}

function versionOf(file: string): unknown {
  const database = new Sqlite(file, { readonly: true });
  try {
    return database.pragma('user_version', { simple: true });
  } finally {
    database.close();
  }
}

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('a new file', () => {
  it.each([
    [
      'state',
      2,
      [
        ...['admin_users', 'agent_state_history', 'api_keys', 'api_requests', 'audit_log'],
        ...['condition_history', 'connection_status_history', 'ended_logins', 'error_log', 'meta'],
      ],
    ],
    ['journal', 1, ['journal', 'journal_meta', 'open_calls']],
  ] as const)('of part %s gets its tables and pragmas', (part, synchronous, expected) => {
    const database = openDatabase({ path, part, schema });
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    expect(tables).toEqual(expected);
    const pragmas = [
      'journal_mode',
      'synchronous',
      'foreign_keys',
      'trusted_schema',
      'auto_vacuum',
      'busy_timeout',
      'user_version',
      'wal_autocheckpoint',
      'journal_size_limit',
    ];
    const values = Object.fromEntries(pragmas.map(name => [name, database.pragma(name, { simple: true })]));
    expect(values).toEqual({
      journal_mode: 'wal',
      synchronous,
      foreign_keys: 1,
      trusted_schema: 0,
      auto_vacuum: 2,
      busy_timeout: 250,
      user_version: 1,
      wal_autocheckpoint: 1000,
      journal_size_limit: 67_108_864,
    });
    const strict = database.prepare(
      'SELECT DISTINCT strict FROM pragma_table_list WHERE schema = ? AND name NOT LIKE ?',
    );
    expect(strict.pluck().all('main', 'sqlite%')).toEqual([1]);
    database.close();
  });

  it('and its side files are for their owner only, also when the file was laxer before', () => {
    openDatabase({ path, part: 'state', schema }).close();
    chmodSync(path, 0o644);
    const database = openDatabase({ path, part: 'state', schema });
    transaction(database, () => database.exec("INSERT INTO meta VALUES ('a', 'b')"));
    expect(readdirSync(join(folder, 'deeper')).toSorted()).toEqual([
      'state.db',
      'state.db-shm',
      'state.db-wal',
    ]);
    expect(['', '-wal', '-shm'].map(end => mode(path + end))).toEqual(['600', '600', '600']);
    expect(mode(join(folder, 'deeper'))).toBe('700');
    database.close();
  });

  it.runIf(process.geteuid?.() === 0)('that root begins belongs to whom the folder belongs to', () => {
    const service = 65_534;
    chownSync(folder, service, service);
    const file = join(folder, 'state.db');
    const database = openDatabase({ path: file, part: 'state', schema });
    transaction(database, () => database.exec("INSERT INTO meta VALUES ('a', 'b')"));
    expect(['', '-wal', '-shm'].map(end => statSync(file + end).uid)).toEqual([service, service, service]);
    database.close();
  });

  it('can be created by several programs at once', async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'database.ts'));
    const script = `const { openDatabase } = await import(${module});
      const { readSchema } = await import(${module.replace('database.ts', 'schema-text.ts')});
      openDatabase({ path: ${JSON.stringify(path)}, part: 'state', schema: readSchema() }).close();`;
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    await Promise.all([start(), start(), start(), start()]);
    openDatabase({ path, part: 'state', schema, isToBeChecked: true }).close();
  });
});

describe('a file of an older version', () => {
  beforeEach(() => {
    const database = openDatabase({ path, part: 'state', schema });
    database.exec("INSERT INTO meta VALUES ('kept', 'yes')");
    database.close();
  });

  it('is copied, then brought up to date', () => {
    const database = openDatabase({ path, part: 'state', schema, steps: [addsColour] });
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.prepare('SELECT colour FROM api_keys').all()).toEqual([]);
    database.close();
    const copy = new Sqlite(`${path}.version-1`, { readonly: true });
    expect(copy.prepare("SELECT value FROM meta WHERE key = 'kept'").pluck().get()).toBe('yes');
    expect(copy.pragma('user_version', { simple: true })).toBe(1);
    copy.close();
    expect(mode(`${path}.version-1`)).toBe('600');
  });

  it('stays as it was when a step fails, and the message names the copy', () => {
    const broken = { version: 3, sql: "UPDATE meta SET value = 'no'; ALTER TABLE nowhere ADD COLUMN x" };
    const error = errorOf(() => openDatabase({ path, part: 'state', schema, steps: [addsColour, broken] }));
    expect(error).toMatchObject({ code: 'E_INTERNAL', detail: expect.stringContaining(`${path}.version-1`) });
    const database = openDatabase({ path, part: 'state', schema, steps: [addsColour] });
    expect(database.prepare("SELECT value FROM meta WHERE key = 'kept'").pluck().get()).toBe('yes');
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    database.close();
  });

  it('is brought up to date by the next start when one was killed in the middle', async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'database.ts'));
    // The second step takes for ever, so the kill always hits it.
    const endless =
      'CREATE TABLE t (a); INSERT INTO t WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n';
    const script = `const { openDatabase } = await import(${module});
      const { readSchema } = await import(${module.replace('database.ts', 'schema-text.ts')});
      const steps = ${JSON.stringify([addsColour, { version: 3, sql: endless }])};
      openDatabase({ path: ${JSON.stringify(path)}, part: 'state', schema: readSchema(), steps });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    writeFileSync(`${path}.version-1.4194305`, 'what another that was killed had left');
    await expect.poll(() => versionOf(path), { timeout: 20_000 }).toBe(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const last = { version: 3, sql: 'CREATE TABLE t (a)' };
    const database = openDatabase({ path, part: 'state', schema, steps: [addsColour, last] });
    expect(database.pragma('user_version', { simple: true })).toBe(3);
    expect(database.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
    expect(database.prepare("SELECT value FROM meta WHERE key = 'kept'").pluck().get()).toBe('yes');
    checkDatabase(database, 'integrity_check');
    database.close();
    expect(versionOf(`${path}.version-1`)).toBe(1);
    expect(readdirSync(dirname(path)).filter(name => /version-\d\.\d/.test(name))).toEqual([]);
  });

  it('whose index does not fit its table is not touched', () => {
    const database = openDatabase({ path, part: 'state', schema });
    database.exec("INSERT INTO connection_status_history (time, component, state) VALUES (1, 'xapi', 'up')");
    database.unsafeMode();
    database.pragma('writable_schema = ON');
    database.exec(
      "UPDATE sqlite_schema SET sql = replace(sql, '(time)', '(state)') WHERE name = 'connection_status_history_by_time'",
    );
    database.close();
    const error = errorOf(() => openDatabase({ path, part: 'state', schema, steps: [addsColour] }));
    expect(error).toMatchObject({ code: 'E_INTERNAL', detail: expect.stringContaining('is damaged') });
    expect(versionOf(path)).toBe(1);
  });

  it('refuses a step that leaves references to nothing', () => {
    const orphan = {
      version: 2,
      sql: `PRAGMA defer_foreign_keys = ON; INSERT INTO api_keys (id, name, hash, permissions, rate_per_minute, created_at, created_by, rotated_from)
        VALUES ('a', 'a', 'h', '[]', 1, 0, 'test', 'nobody')`,
    };
    const open = () => openDatabase({ path, part: 'state', schema, steps: [orphan] });
    expect(errorOf(open)).toMatchObject({
      code: 'E_INTERNAL',
      detail: expect.stringContaining('refer to nothing'),
    });
  });

  it('is not opened by a program that is older than the file', () => {
    openDatabase({ path, part: 'state', schema, steps: [addsColour] }).close();
    const error = errorOf(() => openDatabase({ path, part: 'state', schema }));
    expect(error).toMatchObject({
      code: 'E_CONFIG',
      kind: { exit: 78 },
      detail: expect.stringMatching(/newer 3cx-relay .*version 2.*restore a backup/),
    });
  });
});

describe('a file that is not right', () => {
  it.each([
    [
      'not a database at all',
      () => writeFileSync(path, 'x'.repeat(5000)),
      'E_INTERNAL',
      /is damaged .*Restore a backup/,
    ],
    [
      'of another program',
      () => new Sqlite(path).exec('CREATE TABLE theirs (a)').close(),
      'E_CONFIG',
      /some other program/,
    ],
  ])('%s is refused with what to do', (_, prepare, code, text) => {
    openDatabase({ path: join(folder, 'deeper', 'other.db'), part: 'state', schema }).close();
    prepare();
    const error = errorOf(() => openDatabase({ path, part: 'state', schema }));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code, detail: expect.stringMatching(text) });
    expect(isDamage(error)).toBe(code === 'E_INTERNAL');
    expect(existsSync(path)).toBe(true);
  });

  it('damaged inside is found when asked to look', () => {
    const database = openDatabase({ path, part: 'state', schema });
    const insert = database.prepare('INSERT INTO meta VALUES (?, ?)');
    transaction(database, () => {
      for (let i = 0; i < 2000; i++) insert.run(`key ${i}`, 'x'.repeat(100));
    });
    database.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 12, 4096 * 14);
    writeFileSync(path, bytes);
    const error = errorOf(() => openDatabase({ path, part: 'state', schema, isToBeChecked: true }));
    expect(error).toMatchObject({ code: 'E_INTERNAL', detail: expect.stringContaining('is damaged') });
    expect(isDamage(error)).toBe(true);
  });
});

it.each([
  ['EACCES', 'E_FORBIDDEN', /Run this as root/],
  ['SQLITE_READONLY', 'E_FORBIDDEN', /RELAY_HOME/],
  ['SQLITE_BUSY_SNAPSHOT', 'E_UNAVAILABLE', /Try again/],
  ['SQLITE_FULL', 'E_UNAVAILABLE', /Free some/],
  ['SQLITE_CORRUPT_INDEX', 'E_INTERNAL', /Restore a backup/],
])('%s is told in words', (code, expected, text) => {
  const told = asAppError(Object.assign(new Error('x'), { code }), '/a/state.db');
  expect(told).toMatchObject({ code: expected, detail: expect.stringMatching(text) });
});

it('an error that nobody knows is left as it is', () => {
  const error = Object.assign(new Error('out of memory'), { code: 'SQLITE_NOMEM' });
  expect(asAppError(error, '/a/state.db')).toBe(error);
});

describe('a transaction', () => {
  it('is all or nothing', () => {
    const database = openDatabase({ path, part: 'state', schema });
    const work = () =>
      transaction(database, () => {
        database.exec("INSERT INTO meta VALUES ('a', 'b')");
        throw new Error('no');
      });
    expect(work).toThrow('no');
    expect(database.prepare('SELECT * FROM meta').all()).toEqual([]);
    checkDatabase(database);
    database.close();
  });

  it('says so when another program holds the file', () => {
    const mine = openDatabase({ path, part: 'state', schema });
    const theirs = openDatabase({ path, part: 'state', schema });
    theirs.exec('BEGIN IMMEDIATE');
    const error = errorOf(() => transaction(mine, () => mine.exec("INSERT INTO meta VALUES ('a', 'b')")));
    expect(error).toMatchObject({ code: 'E_UNAVAILABLE', retryAfterSeconds: 1 });
    theirs.exec('ROLLBACK');
    transaction(mine, () => mine.exec("INSERT INTO meta VALUES ('a', 'b')"));
    mine.close();
    theirs.close();
  });
});
