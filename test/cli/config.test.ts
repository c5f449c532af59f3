import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, type Outcome, Shell } from './kit.ts';
import { viewerEnvironment } from './viewer.ts';

let rig: RelayRig;
let shell: Shell;
let operating: Operating;

beforeAll(async () => {
  rig = await RelayRig.start({}, { LOG_LEVEL: '', KEY_RATE_PER_MINUTE: '' });
  shell = new Shell(rig.home);
  operating = new Operating(rig);
});
beforeEach(async () => {
  configure();
  await operating.ask('POST', '/admin/reload');
});
afterAll(() => rig.stop());

function configure(...lines: string[]): void {
  writeFileSync(join(rig.home, 'relay.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** With the daemon's own environment. */
function run(...args: string[]): Promise<Outcome> {
  const environment = { ...rig.environment, LOG_LEVEL: '', KEY_RATE_PER_MINUTE: '' };
  return shell.run(args, { environment });
}

describe('config show', () => {
  it('shows what is in force, what waits for a restart, and with --origin where from', async () => {
    configure('LOG_LEVEL=warn', 'DB_POOL_MAX=3');
    await operating.ask('POST', '/admin/reload');
    const text = await shell.text('config', 'show');
    expect(text).toMatch(/^LOG_LEVEL +warn$/m);
    expect(text).toMatch(/^DB_POOL_MAX +10 +restart due$/m);
    expect(text).toMatch(/^CLIENT_SECRET +\*\*\*$/m);
    expect(text).not.toContain(rig.simulator.addresses.clientSecret);
    const origins = await shell.text('config', 'show', '--origin');
    expect(origins).toMatch(new RegExp(`^LOG_LEVEL +warn +file ${rig.home}/relay\\.env$`, 'm'));
    expect(origins).toMatch(/^CLIENT_SECRET +\*\*\* +environment$/m);
    expect(origins).toMatch(/^WS_MAX_CLIENTS +2000 +default$/m);
    const { variables } = await shell.json('config', 'show');
    expect(variables).toContainEqual({
      ...{ name: 'DB_POOL_MAX', value: '10', origin: 'default', path: null, needsRestart: true },
    });
  });
});

describe('config check', () => {
  it('is content with what is right, also without any file or daemon', async () => {
    expect(await run('config', 'check')).toMatchObject({
      code: 0,
      stdout: `Right: ${rig.home}/relay.env has no mistakes.\n`,
    });
    const empty = join(rig.home, 'empty');
    mkdirSync(empty, { recursive: true });
    const environment = { ...rig.environment, RELAY_HOME: empty };
    const { data } = documentOf(await shell.run(['config', 'check', '--json'], { environment }));
    expect(data).toMatchObject({ isValid: true, hasFile: false, mistakes: [] });
  });

  it('tells all mistakes at once, with what is allowed and without secrets', async () => {
    configure('LOG_LEVEL=loud', 'DB_POOL_MAX=many', 'ADMIN_SECRET=too-short');
    const { code, stdout } = await run('config', 'check');
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^Wrong: .* has 3 mistakes\.\n {2}ADMIN_SECRET is \*\*\*.* {2}LOG_LEVEL is loud\n {4}allowed: fatal, error/s,
    );
    expect(stdout).not.toContain('too-short');
    const json = await run('config', 'check', '--json');
    expect(json.code).toBe(2);
    const { data } = documentOf(json);
    expect(data.isValid).toBe(false);
    expect(data.mistakes.map(({ variable }: { variable: string }) => variable).toSorted()).toEqual([
      'ADMIN_SECRET',
      'DB_POOL_MAX',
      'LOG_LEVEL',
    ]);
    const { stdout: rows } = await run('config', 'check', '--plain');
    expect(rows.split('\n')).toContain('LOG_LEVEL\tloud\tfatal, error, warn, info, debug, trace or silent');
  });

  it('looks at another file, which must be there', async () => {
    const other = join(rig.home, 'other.env');
    writeFileSync(other, 'LOG_LEVEL=loud\n');
    expect((await run('config', 'check', '--file', other)).stdout).toContain('LOG_LEVEL is loud');
    const missing = await run('config', 'check', '--file', `${other}.gone`);
    expect([missing.code, missing.stdout]).toEqual([2, expect.stringContaining('ENOENT')]);
  });

  it('warns of what is allowed and unwise', async () => {
    configure('HOST=0.0.0.0', `REDIS_PASSWORD=${'x'.repeat(20)}`);
    chmodSync(join(rig.home, 'relay.env'), 0o644);
    const { code, stderr } = await run('config', 'check');
    expect(code).toBe(0);
    expect(stderr).toMatch(/Warning: HOST is 0\.0\.0\.0.*Warning: .*chmod o-rwx/s);
    expect(documentOf(await run('config', 'check', '--json')).data.warnings).toHaveLength(2);
    chmodSync(join(rig.home, 'relay.env'), 0o600);
  });
});

describe('config reload', () => {
  it('says what it would do, and changes nothing', async () => {
    configure('LOG_LEVEL=warn', 'DB_POOL_MAX=3');
    const before = await operating.audited('?action=config');
    const { code, stdout } = await shell.run(['config', 'reload', '--dry-run']);
    expect(code).toBe(8);
    expect(stdout).toMatch(/Nothing was changed.*In force at once: LOG_LEVEL.*restart.*: DB_POOL_MAX/s);
    expect(documentOf(await shell.run(['config', 'reload', '--dry-run', '--json'])).data).toEqual({
      ...{ dryRun: true, wouldChange: true, applied: ['LOG_LEVEL'], needsRestart: ['DB_POOL_MAX'] },
      warnings: [],
    });
    expect(await shell.text('config', 'show')).toMatch(/^LOG_LEVEL +info$/m);
    expect(await operating.audited('?action=config')).toEqual(before);
  });

  it('does it', async () => {
    configure('LOG_LEVEL=warn', 'DB_POOL_MAX=3');
    expect((await shell.run(['config', 'reload', '--plain'])).stdout).toBe(
      'LOG_LEVEL\tapplied\nDB_POOL_MAX\trestart\n',
    );
    expect(await shell.text('config', 'show')).toMatch(/^LOG_LEVEL +warn$/m);
    expect(await shell.json('config', 'reload')).toMatchObject({ dryRun: false, applied: [] });
    expect(await shell.text('config', 'reload')).toContain('Nothing that changes while it runs');
  });

  it('with mistakes ends with 2, names them all, and all stays as it was', async () => {
    configure('LOG_LEVEL=loud', 'DB_POOL_MAX=many');
    for (const args of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await shell.run(['config', 'reload', ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/\(E_CONFIG\).*LOG_LEVEL is loud.*DB_POOL_MAX is many/s);
    }
    const told = JSON.parse((await shell.run(['config', 'reload', '--json'])).stderr);
    expect(told.error).toMatchObject({ code: 'E_CONFIG', hint: expect.stringContaining('2 mistakes') });
    expect(await shell.text('config', 'show')).toMatch(/^LOG_LEVEL +info$/m);
  });
});

it('a viewer may look and not reload', async () => {
  const environment = await viewerEnvironment(operating);
  expect((await shell.run(['config', 'show'], { environment })).stdout).toContain('LOG_LEVEL');
  for (const args of [['--dry-run'], []])
    expect((await shell.run(['config', 'reload', ...args], { environment })).code).toBe(4);
});

it('without a daemon only the check works', async () => {
  const away = new Shell(join(rig.home, 'nowhere'));
  for (const verb of ['show', 'reload']) expect((await away.run(['config', verb])).code, verb).toBe(3);
});
