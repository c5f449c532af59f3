import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/errors.ts';
import { loadConfig } from './config.ts';

const least = { FQDN: 'pbx.example.com', CLIENT_ID: 'relay', CLIENT_SECRET: 's3cret' };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'relay-config-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const load = (environment: Record<string, string>, file?: string) =>
  loadConfig({ environment: { RELAY_HOME: home, ...environment }, ...(file === undefined ? {} : { file }) });

function mistakesIn(environment: Record<string, string>): string {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_CONFIG') return error.detail;
    throw error;
  }
  throw new Error('the configuration was taken');
}

function write(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe('what is not set', () => {
  it('has the defaults of the design', () => {
    expect(load(least).config).toEqual({
      environment: 'production',
      logLevel: 'info',
      logFolder: null,
      pbx: {
        url: 'https://pbx.example.com',
        fqdn: 'pbx.example.com',
        clientId: 'relay',
        clientSecret: 's3cret',
      },
      callControlAuth: 'auto',
      adminSecret: null,
      listen: { host: '127.0.0.1', port: 8082 },
      allowedOrigins: [],
      databaseLogin: null,
      databaseIni: null,
      databasePool: { max: 10, min: 2, idleTimeoutMs: 30_000, connectTimeoutMs: 5000 },
      redis: null,
      journal: { maxEvents: 500_000, maxAgeMs: 259_200_000, maxBytes: 536_870_912 },
      clients: { max: 2000, maxPerKey: 50, maxPerAddress: 200, handshakesPerSecond: 200 },
      keyRatePerMinute: 300,
      paths: expect.objectContaining({
        configFile: join(home, 'relay.env'),
        stateFile: join(home, 'state.db'),
        controlSocket: join(home, 'control.sock'),
      }),
    });
  });

  it('lies in the system folders without RELAY_HOME', () => {
    const { paths } = loadConfig({ environment: least, file: write('relay.env', '') }).config;
    expect(paths).toMatchObject({
      stateFile: '/var/lib/3cx-relay/state.db',
      controlSocket: '/run/3cx-relay/control.sock',
    });
  });

  it('counts as not set when it is empty, and unknown variables are nobody’s business', () => {
    const { config } = load({ ...least, PORT: '', RELAY_COLOUR: 'red', DB_COLOUR: 'red' });
    expect(config.listen.port).toBe(8082);
  });
});

it('is frozen through and through', () => {
  const { config } = load(least);
  expect(() => Object.assign(config.pbx, { url: 'x' })).toThrow(TypeError);
  expect(() => Object.assign(config, { redis: null })).toThrow(TypeError);
});

describe('mistakes', () => {
  it('are told all at once, with variable, masked value and what is allowed', () => {
    const text = mistakesIn({
      FQDN: 'https://pbx.example.com',
      CLIENT_ID: 'relay',
      ADMIN_SECRET: 'hunter2-hunter2',
      PORT: '99999',
      LOG_LEVEL: 'loud',
      DB_POOL_MAX: '2',
      DB_POOL_MIN: '3',
      ALLOWED_ORIGINS: '*',
    });
    expect(text.split('\n')).toEqual([
      'The configuration has 7 mistakes:',
      expect.stringMatching(/^ {2}FQDN is https:\/\/pbx\.example\.com; allowed: .*without https:/),
      expect.stringMatching(/^ {2}CLIENT_SECRET is not set; allowed: the API key/),
      expect.stringMatching(/^ {2}ADMIN_SECRET is \*\*\*; allowed: at least 32/),
      expect.stringMatching(/^ {2}PORT is 99999; allowed: a port, 1 to 65535/),
      expect.stringMatching(/^ {2}LOG_LEVEL is loud; allowed: fatal, error/),
      expect.stringMatching(/^ {2}ALLOWED_ORIGINS is \*; allowed: origins/),
      expect.stringMatching(/^ {2}DB_POOL_MIN is 3; allowed: at most DB_POOL_MAX, which is 2$/),
      expect.stringContaining(join(home, 'relay.env')),
    ]);
    expect(text).not.toContain('hunter2');
  });

  it.each([
    ['PBX_URL', 'http://pbx.example.com'],
    ['PBX_URL', 'https://pbx.example.com/path'],
    ['PBX_URL', 'ftp://127.0.0.1'],
    ['PBX_URL', 'http://localhost.example.com'],
    ['HOST', 'not a host'],
    ['PORT', '-1'],
    ['PORT', '80 82'],
    ['JOURNAL_MAX_AGE', '72'],
    ['JOURNAL_MAX_AGE', '10000d'],
    ['JOURNAL_MAX_MB', '1.5'],
    ['CALLCONTROL_AUTH', 'Digest'],
    ['REDIS_ENABLED', 'maybe'],
    ['ALLOWED_ORIGINS', 'https://crm.example.com/'],
    ['ALLOWED_ORIGINS', 'https://crm.example.com,crm'],
    ['WS_MAX_CLIENTS', '0'],
    ['DB_INI', 'relative.ini'],
    ['NODE_ENV', 'staging'],
  ])('%s=%s is one', (name, value) => {
    expect(mistakesIn({ ...least, [name]: value })).toContain(`1 mistake:\n  ${name} is ${value}; allowed: `);
  });

  it('never show what stands in a URL before the @', () => {
    const text = mistakesIn({ ...least, PBX_URL: 'https://ada:hunter2@pbx.example.com' });
    expect(text).toContain('PBX_URL is https://***@pbx.example.com;');
  });

  it('are also missing both FQDN and PBX_URL, and a home whose socket path is too long', () => {
    const { FQDN: _, ...rest } = least;
    expect(mistakesIn(rest)).toContain('FQDN is not set');
    expect(load({ ...rest, PBX_URL: 'http://127.0.0.1:5000/' }).config.pbx).toMatchObject({
      url: 'http://127.0.0.1:5000',
      fqdn: '127.0.0.1:5000',
    });
    expect(mistakesIn({ ...least, RELAY_HOME: `/${'x'.repeat(100)}` })).toContain(
      '107 bytes at most, and has 114',
    );
  });
});

describe('optional features', () => {
  it('are one block each', () => {
    const { config } = load({
      ...least,
      REDIS_ENABLED: 'true',
      REDIS_PORT: '6380',
      DB_PASSWORD: 'p',
      DB_HOST: '/var/run/postgresql',
    });
    expect(config.redis).toEqual({ host: '127.0.0.1', port: 6380, password: null });
    expect(config.databaseLogin).toEqual({
      host: '/var/run/postgresql',
      port: 5432,
      name: 'database_single',
      user: 'phonesystem',
      password: 'p',
    });
    expect(
      load({ ...least, ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000' }).config.allowedOrigins,
    ).toEqual(['https://a.example', 'http://localhost:3000']);
  });
});

describe('a file', () => {
  it('is read, the environment goes before it, and the origin of each value is known', () => {
    const file = write('relay.env', `# ours\nPORT=9000\nHOST="127.0.0.2"\nCLIENT_SECRET=from-file\n`);
    const { config, origins, warnings } = load({ FQDN: 'pbx.example.com', CLIENT_ID: 'relay', PORT: '9001' });
    expect(config).toMatchObject({
      listen: { host: '127.0.0.2', port: 9001 },
      pbx: { clientSecret: 'from-file' },
    });
    expect(origins).toEqual(
      expect.arrayContaining([
        { name: 'PORT', value: '9001', origin: 'environment', path: null },
        { name: 'HOST', value: '127.0.0.2', origin: 'file', path: file },
        { name: 'CLIENT_SECRET', value: '***', origin: 'file', path: file },
        { name: 'LOG_LEVEL', value: 'info', origin: 'default', path: null },
        { name: 'DB_HOST', value: null, origin: 'default', path: null },
      ]),
    );
    expect(warnings).toEqual([]);
    chmodSync(file, 0o644);
    expect(load({ FQDN: 'pbx.example.com', CLIENT_ID: 'relay' }).warnings).toEqual([
      expect.stringContaining(`chmod o-rwx ${file}`),
    ]);
  });

  it('with a name that is none of ours is told of, also beside mistakes', () => {
    const told = /CLIENT_SECRTE in .*relay\.env is no variable of ours/;
    const file = write('relay.env', 'CLIENT_SECRTE=x\nTZ=Europe/Rome\nCLIENT_SECRET_FILE=/nowhere\n');
    expect(() => load({ FQDN: 'pbx.example.com', CLIENT_ID: 'relay' })).toThrow(told);
    write('relay.env', 'CLIENT_SECRTE=x\nTZ=Europe/Rome\n');
    chmodSync(file, 0o600);
    expect(load(least).warnings).toEqual([expect.stringMatching(told)]);
  });

  it('that is named must be there', () => {
    expect(() => load(least, join(home, 'other.env'))).toThrow(
      /configuration file is .*other\.env \(ENOENT\)/,
    );
  });

  it('may hold a secret of its own, named by NAME_FILE', () => {
    const path = write('secret', 'from-secret-file\n');
    const { CLIENT_SECRET: _, ...rest } = least;
    const { config, origins } = load({ ...rest, CLIENT_SECRET_FILE: path });
    expect(config.pbx.clientSecret).toBe('from-secret-file');
    expect(origins).toContainEqual({ name: 'CLIENT_SECRET', value: '***', origin: 'environment', path });
    expect(mistakesIn({ ...least, CLIENT_SECRET_FILE: path })).toContain('one of the two, not both');
    expect(mistakesIn({ ...rest, CLIENT_SECRET_FILE: `${path}-2` })).toMatch(
      /1 mistake:\n {2}CLIENT_SECRET_FILE is .*secret-2 \(ENOENT\); allowed: the path/,
    );
    expect(mistakesIn({ ...rest, CLIENT_SECRET_FILE: write('empty', '\n') })).toContain('(empty)');
  });
});

it('warns when keys would travel unencrypted', () => {
  expect(load({ ...least, HOST: '0.0.0.0' }).warnings).toEqual([expect.stringContaining('unencrypted')]);
});
