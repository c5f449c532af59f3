import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/daemon/store/database.ts';
import { readSchema } from '../../src/daemon/store/schema-text.ts';
import { Practice } from './kit.ts';

const MEBIBYTE = 1_048_576;
let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open();
});
afterAll(() => practice.close());

describe('the configuration', () => {
  it('that is wrong is CONFIG_INVALID with every mistake; nothing else is tried, and no secret is shown', async () => {
    const seen = await practice.look({
      variables: { PORT: 'high', DB_POOL_MAX: '0', CLIENT_SECRET: 'canary' },
    });
    expect(seen.failing).toEqual(['config: CONFIG_INVALID']);
    expect(seen.of('config').evidence).toHaveLength(2);
    expect(seen.of('config').evidence[0]).toContain('PORT is high');
    const others = seen.report.checks.filter(({ name }) => name !== 'config' && name !== 'runtime');
    expect(new Set(others.map(({ result }) => result))).toEqual(new Set(['skipped']));
    expect(JSON.stringify(seen.report)).not.toContain('canary');
  });

  it('that is unwise is CONFIG_UNWISE', async () => {
    const seen = await practice.look({ variables: { HOST: '0.0.0.0' } });
    expect(seen.of('config')).toMatchObject({ code: 'CONFIG_UNWISE', result: 'warning' });
  });
});

describe('the runtime', () => {
  it.each([
    ['20.18.1', 'RUNTIME_OLD'],
    ['22.18.0', 'RUNTIME_OLD'],
    ['22.19.0', 'RUNTIME_OTHER'],
    ['24.21.0', 'OK'],
  ])('Node %s is %s', async (nodeVersion, code) => {
    expect((await practice.look({ host: { nodeVersion } })).code('runtime')).toBe(code);
  });
});

describe('the files', () => {
  const state = () => join(practice.home, 'state.db');

  beforeEach(() => {
    openDatabase({ path: state(), part: 'state', schema: readSchema() }).close();
    chmodSync(practice.home, 0o700);
    chmodSync(state(), 0o600);
  });

  it('as the daemon makes them are fine', async () => {
    expect((await practice.look()).code('files')).toBe('OK');
  });

  it('that others may read are FILES_TOO_OPEN, each with its mode', async () => {
    chmodSync(state(), 0o644);
    chmodSync(practice.home, 0o777);
    const check = (await practice.look()).of('files');
    expect(check.code).toBe('FILES_TOO_OPEN');
    expect(check.evidence).toEqual([`${practice.home} is 0777`, `${state()} is 0644`]);
  });

  // Only root can give a file away.
  it.runIf(process.getuid?.() === 0)('that root left behind are FILES_WRONG_OWNER', async () => {
    chownSync(practice.home, 65_534, 65_534);
    const seen = await practice.look();
    chownSync(practice.home, 0, 0);
    expect(seen.failing).toEqual(['files: FILES_WRONG_OWNER']);
  });

  // Root may enter everywhere.
  it.skipIf(process.getuid?.() === 0)('in a folder that may not be written are FILES_CLOSED', async () => {
    chmodSync(practice.home, 0o500);
    const seen = await practice.look();
    chmodSync(practice.home, 0o700);
    expect(seen.code('files')).toBe('FILES_CLOSED');
  });

  it('that are not there yet are no fault', async () => {
    const seen = await practice.look({ variables: { RELAY_HOME: join(practice.home, 'new') } });
    expect(seen.of('files').evidence[0]).toContain('the first start makes it');
    expect(seen.code('state')).toBe('OK');
  });
});

describe('the port', () => {
  let other: Server;
  beforeAll(async () => {
    other = createServer(socket => socket.destroy());
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void other.close());

  it('that another program has is PORT_TAKEN', async () => {
    const PORT = String((other.address() as AddressInfo).port);
    const seen = await practice.look({ variables: { PORT } });
    expect(seen.failing).toEqual(['ports: PORT_TAKEN']);
    expect(seen.of('ports').evidence[0]).toContain('no 3cx-relay');
  });

  it('at an address of another machine is PORT_ELSEWHERE', async () => {
    expect((await practice.look({ variables: { HOST: '192.0.2.1' } })).code('ports')).toBe('PORT_ELSEWHERE');
  });

  it('that is for root is PORT_FORBIDDEN', async () => {
    const host = { tryToListen: async () => 'EACCES' };
    expect((await practice.look({ variables: { PORT: '81' }, host })).code('ports')).toBe('PORT_FORBIDDEN');
  });

  it('of the phone system is PORT_OF_PBX', async () => {
    expect((await practice.look({ variables: { PORT: '5001' } })).code('ports')).toBe('PORT_OF_PBX');
  });
});

describe('the disk', () => {
  it.each([
    [600, 'OK'],
    [400, 'DISK_LOW'],
    [100, 'DISK_VERY_LOW'],
  ])('with %i MiB free is %s', async (mebibytes, code) => {
    const seen = await practice.look({ host: { freeBytes: async () => mebibytes * MEBIBYTE } });
    expect(seen.code('disk')).toBe(code);
  });

  it('that cannot be asked is BROKEN, and no other check suffers', async () => {
    const seen = await practice.look({
      host: { freeBytes: () => Promise.reject(new Error('no such call')) },
    });
    expect(seen.failing).toEqual(['disk: BROKEN']);
    expect(seen.of('disk').evidence).toEqual(['no such call']);
  });
});

describe("the phone system's web server", () => {
  const folder = () => join(practice.home, 'nginx/snippets');
  const snippet = (text: string): void => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), '60-3cx-relay.conf'), text);
  };
  const look = async () =>
    (await practice.look({ variables: { PORT: '18099' }, host: { snippetFolder: folder() } })).code('nginx');

  it('that is not here is skipped', async () => {
    expect((await practice.look()).of('nginx').result).toBe('skipped');
  });

  it('without, with a wrong, and with the right snippet', async () => {
    mkdirSync(folder(), { recursive: true });
    expect(await look()).toBe('NGINX_SNIPPET_MISSING');
    const proxy = 'proxy_pass http://127.0.0.1:18099;';
    snippet(`location /other/ { ${proxy} }`);
    expect(await look()).toBe('NGINX_SNIPPET_MISSING');
    snippet('location /relay/ {\n  proxy_pass http://127.0.0.1:8082;\n}');
    expect(await look()).toBe('NGINX_OTHER_PORT');
    snippet(`location /relay/ {\n  ${proxy}\n}`);
    expect(await look()).toBe('NGINX_NO_UPGRADE');
    snippet(`location /relay/ {\n  ${proxy}\n  proxy_set_header Upgrade $http_upgrade;\n}`);
    expect(await look()).toBe('OK');
  });

  it('whose snippets cannot be listed is NGINX_SNIPPET_CLOSED', async () => {
    const host = { snippetFolder: join(practice.home, 'state.db') };
    expect((await practice.look({ host })).code('nginx')).toBe('NGINX_SNIPPET_CLOSED');
  });
});
