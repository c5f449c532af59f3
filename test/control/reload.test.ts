import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
let rig: RelayRig;
let operating: Operating;
const children: ChildProcess[] = [];

beforeEach(async () => {
  rig = await RelayRig.start({}, { CLIENT_SECRET_FILE: '', LOG_LEVEL: '', KEY_RATE_PER_MINUTE: '' });
  operating = new Operating(rig);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rig.stop();
});

function configure(...lines: string[]): void {
  writeFileSync(join(rig.home, 'relay.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

async function variable(name: string): Promise<unknown> {
  const { variables } = (await operating.get('/admin/config')).body;
  return variables.find((one: { name: string }) => one.name === name);
}

it('shows what is in force and where it came from, secrets masked', async () => {
  expect(await variable('CLIENT_SECRET')).toEqual({
    ...{ name: 'CLIENT_SECRET', value: '***', origin: 'environment', path: null, needsRestart: false },
  });
  expect(await variable('WS_MAX_CLIENTS')).toMatchObject({ value: '2000', origin: 'default' });
  const { clientSecret } = rig.simulator.addresses;
  expect(JSON.stringify((await operating.get('/admin/config')).body)).not.toContain(clientSecret);
});

it('takes over what can change without a restart, and names the rest', async () => {
  configure(
    ...['LOG_LEVEL=debug', 'ALLOWED_ORIGINS=https://crm.example.com', 'KEY_RATE_PER_MINUTE=7'],
    ...['WS_MAX_PER_KEY=1', 'JOURNAL_MAX_EVENTS=1000', 'DB_POOL_MAX=3'],
  );
  const origin = { origin: 'https://crm.example.com' };
  expect((await rig.get('/relay/health', origin)).status).toBe(403);
  const { status, body } = await operating.ask('POST', '/admin/reload');
  expect([status, body]).toEqual([
    200,
    {
      applied: [
        'LOG_LEVEL',
        'ALLOWED_ORIGINS',
        'JOURNAL_MAX_EVENTS',
        'WS_MAX_PER_KEY',
        'KEY_RATE_PER_MINUTE',
      ],
      needsRestart: ['DB_POOL_MAX'],
      warnings: [],
    },
  ]);
  expect((await rig.get('/relay/health', origin)).status).toBe(200);
  expect((await rig.get('/relay/me')).body.limits.requestsPerMinute).toBe(7);
  expect(rig.logged.some(line => line.includes('"level":20'))).toBe(true);
  const first = rig.connect();
  await expect.poll(() => first.of('hello').length).toBe(1);
  const second = rig.connect();
  await expect.poll(() => second.refusal).toBe(429);
  first.close();
  expect(await variable('LOG_LEVEL')).toMatchObject({ value: 'debug', origin: 'file', needsRestart: false });
  expect(await variable('DB_POOL_MAX')).toMatchObject({ value: '10', origin: 'default', needsRestart: true });
  const [row] = await operating.audited('?action=config');
  expect(row).toMatchObject({ outcome: 'ok', detail: { needsRestart: ['DB_POOL_MAX'] } });

  configure();
  const back = await operating.ask('POST', '/admin/reload');
  expect(back.body.needsRestart).toEqual([]);
  expect((await rig.get('/relay/health', origin)).status).toBe(403);
});

it('a bad file changes nothing and is answered with all its mistakes', async () => {
  configure('LOG_LEVEL=loud', 'DB_POOL_MAX=many', 'ALLOWED_ORIGINS=https://crm.example.com');
  const { status, body } = await operating.ask('POST', '/admin/reload');
  expect([status, body.code]).toEqual([422, 'E_CONFIG']);
  expect(body.detail).toMatch(/2 mistakes.*LOG_LEVEL is loud.*DB_POOL_MAX is many/s);
  expect((await rig.get('/relay/health', { origin: 'https://crm.example.com' })).status).toBe(403);
  expect(await variable('LOG_LEVEL')).toMatchObject({ value: 'info' });
  const [row] = await operating.audited('?action=config');
  expect(row).toMatchObject({ outcome: 'refused', actor: 'operator' });
  const { body: errors } = await operating.get('/admin/errors');
  expect(JSON.stringify(errors)).not.toContain('E_INTERNAL');
});

it('SIGHUP does the same in a daemon that runs by itself', async () => {
  await rig.daemon.stop();
  const env = { ...process.env, ...rig.environment, LOG_LEVEL: '' };
  const child = spawn(launcher, ['daemon'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  child.stdout.on('data', chunk => {
    text += chunk;
  });
  await expect.poll(() => text).toContain('"ready"');
  configure('LOG_LEVEL=debug');
  child.kill('SIGHUP');
  await expect.poll(() => text).toContain('configuration read again');
  expect(await variable('LOG_LEVEL')).toMatchObject({ value: 'debug' });
  configure('LOG_LEVEL=loud');
  child.kill('SIGHUP');
  await expect.poll(() => text).toContain('all stays as it was');
  const rows = await operating.audited('?action=config');
  expect(rows.map(({ actor, source, outcome }) => [actor, source, outcome])).toEqual([
    ['system', 'SIGHUP', 'refused'],
    ['system', 'SIGHUP', 'ok'],
  ]);
  const { body } = await operating.get('/admin/logs?level=error');
  expect(body.lines.at(-1)).toMatchObject({ level: 'error', part: 'control' });
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
  configure();
  await rig.startDaemon();
});
