import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockInstance } from '../../src/daemon/instance-lock.ts';
import { openDatabase } from '../../src/daemon/store/database.ts';
import { readSchema } from '../../src/daemon/store/schema-text.ts';
import { Practice } from './kit.ts';

let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open();
});
afterAll(() => practice.close());

describe('the daemon, seen from beside it', () => {
  let letGo: () => void;
  let server: Server;
  let health: unknown;

  beforeAll(async () => {
    letGo = lockInstance(join(practice.home, 'daemon.lock'));
    server = createServer((_, response) => response.end(JSON.stringify(health)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    letGo();
    server.close();
  });

  const look = async (told: unknown) => {
    health = told;
    return practice.look({ variables: { PORT: String((server.address() as AddressInfo).port) } });
  };
  const since = new Date().toISOString();
  const components = { callcontrol: { state: 'up', since }, xapi: { state: 'up', since } };
  const fine = { status: 'healthy', version: '0.1.0', uptime: 5, components };

  it('that is well is fine; no token is taken and no socket opened beside its own', async () => {
    const { controlUrl } = practice.simulator.addresses;
    const status = async () => (await fetch(`${controlUrl}/status`)).json();
    const before = await status();
    const seen = await look(fine);
    expect(seen.failing).toEqual([]);
    expect(seen.report.daemon).toBe('running');
    expect(await status()).toMatchObject({ tokensMinted: (before as { tokensMinted: number }).tokensMinted });
    for (const name of ['token', 'role', 'licence', 'monitor-list', 'socket', 'token-holder'])
      expect(seen.of(name).result, name).toBe('skipped');
    expect(seen.of('token').evidence[0]).toContain('the daemon holds the only token');
    expect(seen.of('source-address').result).toBe('ok');
  });

  it('of another version is DAEMON_OTHER_VERSION', async () => {
    expect((await look({ ...fine, version: '9.9.9' })).code('daemon')).toBe('DAEMON_OTHER_VERSION');
  });

  it('with a part that is down is DAEMON_DEGRADED, blind DAEMON_UNHEALTHY', async () => {
    const down = { state: 'down', since };
    const degraded = await look({ ...fine, components: { ...components, database: down } });
    expect(degraded.of('daemon')).toMatchObject({ code: 'DAEMON_DEGRADED', result: 'warning' });
    const blind = await look({ ...fine, components: { callcontrol: down, xapi: down } });
    expect(blind.of('daemon')).toMatchObject({ code: 'DAEMON_UNHEALTHY', result: 'fail' });
  });

  it('that holds the lock and answers nothing of ours is DAEMON_SILENT', async () => {
    const seen = await look('something else');
    expect(seen.failing).toEqual(['daemon: DAEMON_SILENT']);
    expect(seen.of('token').result).toBe('skipped');
  });

  it('with a journal that is not on disk is JOURNAL_NOT_DURABLE', async () => {
    writeFileSync(join(practice.home, 'journal.db'), '', { mode: 0o600 });
    const seen = await look(fine);
    rmSync(join(practice.home, 'journal.db'));
    expect(seen.failing).toEqual(['journal: JOURNAL_NOT_DURABLE']);
  });
});

describe('without a daemon', () => {
  it('is DAEMON_STOPPED, a warning', async () => {
    expect((await practice.look()).of('daemon')).toMatchObject({ code: 'DAEMON_STOPPED', result: 'warning' });
  });

  it('a lock that cannot be read is DAEMON_UNKNOWN, and the token is left alone', async () => {
    const home = join(practice.home, 'odd');
    mkdirSync(join(home, 'daemon.lock'), { recursive: true });
    const seen = await practice.look({ variables: { RELAY_HOME: home } });
    expect(seen.of('daemon')).toMatchObject({ code: 'DAEMON_UNKNOWN', result: 'warning' });
    expect(seen.of('token').result).toBe('skipped');
  });
});

describe('the files of SQLite', () => {
  const file = (name: string) => join(practice.home, name);
  const make = (part: 'state' | 'journal') =>
    openDatabase({ path: file(`${part}.db`), part, schema: readSchema() });

  beforeEach(() => {
    make('state').close();
    make('journal').close();
    writeFileSync(file('journal.sound'), '');
  });
  afterEach(() => {
    for (const name of readdirSync(practice.home).filter(one => /\.(db|sound|db-\w+)$/.test(one)))
      rmSync(file(name));
  });

  it('are read and not touched, whatever lies beside them', async () => {
    // As after kill -9: what was written last is not in the file itself yet.
    const database = make('journal');
    database.prepare("INSERT INTO journal VALUES (7, 1, 'gap', '3cx', '', '{}')").run();
    const wal = readFileSync(file('journal.db-wal'));
    database.close();
    writeFileSync(file('journal.db-wal'), wal);
    const picture = () =>
      readdirSync(practice.home).map(name => {
        const { size, mtimeMs, mode } = statSync(file(name));
        return { name, size, mtimeMs, mode };
      });
    const before = picture();
    const seen = await practice.look();
    expect(seen.of('journal').evidence[0]).toContain('the newest entry is 7');
    expect(seen.of('state').evidence[0]).toContain('is whole');
    expect(picture()).toEqual(before);
  });

  it.each(['state', 'journal'] as const)('%s.db that is damaged is found', async part => {
    const path = file(`${part}.db`);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096, 3 * 4096);
    writeFileSync(path, bytes);
    const code = part === 'state' ? 'STATE_DAMAGED' : 'JOURNAL_DAMAGED';
    expect((await practice.look()).failing).toEqual([`${part}: ${code}`]);
  });

  it.each(['state', 'journal'] as const)('%s.db of a newer program is found', async part => {
    const database = new Sqlite(file(`${part}.db`));
    database.pragma('user_version = 99');
    database.close();
    const seen = await practice.look();
    const code = part === 'state' ? 'STATE_NOT_OURS' : 'JOURNAL_NOT_OURS';
    expect(seen.failing).toEqual([`${part}: ${code}`]);
    expect(seen.of(part).evidence[0]).toContain('newer 3cx-relay');
    expect(seen.of(part).evidence[0], 'of the file, not of its copy').toContain(file(`${part}.db`));
  });

  it('a journal without its mark is JOURNAL_BROKEN_OFF', async () => {
    rmSync(file('journal.sound'));
    expect((await practice.look()).of('journal')).toMatchObject({
      code: 'JOURNAL_BROKEN_OFF',
      result: 'warning',
    });
    expect(existsSync(file('journal.sound'))).toBe(false);
  });
});
