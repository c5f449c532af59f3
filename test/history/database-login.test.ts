import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loginLadder } from '../../src/daemon/sources/threecx/history/database/database-login.ts';
import { iniLogins, loginsOf } from '../../src/daemon/sources/threecx/history/database/ini-logins.ts';

const CURRENT = `; a comment
[CfgServerProfile]
DBHost = 10.0.0.7
DBPort=5433
DBName = phonesystem_mcpe
MasterDBUser=phonesystem
MasterDBPassword = m;a#s\\t"er
[QMDatabase]
DBName=database_single
[DbAdminREADONLY]
User = phonesystem
Password=p#1;2\\3
`;
const OLD = `[CallReports]
SERVER=localhost
PORT=5480
DATABASE=phonesystem
USERNAME=logsreader
PASSWORD=secret
`;

const folder = mkdtempSync(join(tmpdir(), 'history-ini-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('an ini file', () => {
  it('of V20 offers two logins, with host, port and database of their own sections', () => {
    expect(loginsOf('/x.ini', CURRENT)).toEqual([
      { rung: 'ini /x.ini [CallReports]', failure: 'there is no such section' },
      {
        rung: 'ini /x.ini [DbAdminREADONLY]',
        login: {
          host: '10.0.0.7',
          port: 5433,
          database: 'database_single',
          user: 'phonesystem',
          password: 'p#1;2\\3',
        },
      },
      {
        rung: 'ini /x.ini [CfgServerProfile]',
        login: {
          host: '10.0.0.7',
          port: 5433,
          database: 'database_single',
          user: 'phonesystem',
          password: 'm;a#s\\t"er',
        },
      },
    ]);
  });

  it('of the project brief offers logsreader', () => {
    const login = {
      host: 'localhost',
      port: 5480,
      database: 'phonesystem',
      user: 'logsreader',
      password: 'secret',
    };
    expect(loginsOf('/x.ini', OLD)[0]).toEqual({ rung: 'ini /x.ini [CallReports]', login });
  });

  it('is the same to us with a byte order mark, DOS lines, other case and spaces', () => {
    const odd = `\uFEFF${OLD.replaceAll('\n', '\r\n').replaceAll('=', '  =  ').replace('PASSWORD', 'Password')}`;
    expect(loginsOf('/x.ini', odd)).toEqual(loginsOf('/x.ini', OLD));
  });

  it('without a password, or with a port that is none, says which value is missing and no other', () => {
    const [callReports] = loginsOf('/x.ini', OLD.replace('PASSWORD=secret', '').replace('5480', '99999999'));
    expect(callReports).toEqual({
      rung: 'ini /x.ini [CallReports]',
      failure: 'port, password missing or not usable there',
    });
    expect(JSON.stringify(callReports)).not.toContain('logsreader');
  });

  it('whatever it holds, gives three rungs and never throws', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '[CallReports]',
        '[CfgServerProfile',
        '[__proto__]',
        'PASSWORD',
        '=',
        'a[]=1',
        '[a.b.c]',
        '__proto__=1',
      ),
    );
    fc.assert(
      fc.property(fc.array(line), lines => {
        expect(loginsOf('/x.ini', lines.join('\n'))).toHaveLength(3);
      }),
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('that is missing, a pipe, a folder or huge is told by its reason', async () => {
    const huge = join(folder, 'huge.ini');
    writeFileSync(huge, OLD + '#'.repeat(70_000));
    const pipe = join(folder, 'pipe.ini');
    execFileSync('mkfifo', [pipe]);
    const reason = async (path: string) => JSON.stringify(await iniLogins(path));
    expect(await reason(join(folder, 'none.ini'))).toContain('there is no such file');
    expect(await reason(folder)).toContain('no regular file');
    expect(await reason(pipe)).toContain('no regular file');
    expect(await reason(huge)).toContain('more than 65536 bytes');
  });
});

describe('the ladder of logins', () => {
  it('goes from the variables over the ini files to peer login', async () => {
    const file = join(folder, '3CXPhoneSystem.ini');
    writeFileSync(file, OLD);
    const ladder = await loginLadder({
      host: 'db',
      ini: file,
      iniFiles: [file, '/none'],
      socketFolder: '/sockets',
    });
    expect(ladder.map(({ rung }) => rung)).toEqual([
      'DB_* variables',
      `ini ${file} [CallReports]`,
      `ini ${file} [DbAdminREADONLY]`,
      `ini ${file} [CfgServerProfile]`,
      'ini /none',
      'peer login at /sockets',
    ]);
    expect(ladder[0]).toMatchObject({
      login: { host: 'db', port: 5432, database: 'database_single', user: 'phonesystem', password: null },
    });
    expect(ladder.at(-1)).toMatchObject({ login: { host: '/sockets', user: 'phonesystem', password: null } });
  });

  it('has no rung for a port alone: nobody meant that as a login', async () => {
    const [first] = await loginLadder({ port: 5432, iniFiles: [] });
    expect(first).toEqual({
      rung: 'DB_* variables',
      failure: 'neither host, name, user nor password is set',
      isAbsent: true,
    });
  });
});
