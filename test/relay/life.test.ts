import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig } from './relay-rig.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
let rig: RelayRig;
const children: ChildProcess[] = [];

beforeEach(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rig.stop();
});

async function daemon(
  environment: Record<string, string | undefined>,
): Promise<{ code: number; text: string; ms: number }> {
  const started = performance.now();
  const env = { ...process.env, LOG_LEVEL: 'info', ...environment };
  const child = spawn(launcher, ['daemon'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk));
  const [code] = await once(child, 'exit');
  return { code, text, ms: performance.now() - started };
}

it('refuses to run beside another one in the same folder, and says what to do', async () => {
  const { code, text } = await daemon({ ...rig.environment });
  expect(code).toBe(1);
  expect(text).toContain('Another 3cx-relay daemon');
  expect(text).toContain('RELAY_HOME');
});

it('names every mistake of its configuration at once, and ends with 78', async () => {
  const { code, text } = await daemon({
    ...rig.environment,
    RELAY_HOME: `${rig.home}/other`,
    PORT: 'x',
    LOG_LEVEL: 'loud',
    CLIENT_SECRET: '',
  });
  expect(code).toBe(78);
  for (const name of ['PORT', 'LOG_LEVEL', 'CLIENT_SECRET']) expect(text).toContain(name);
});

it('names a port that is taken', async () => {
  const port = new URL(rig.daemon.relayUrl).port;
  const { code, text } = await daemon({ ...rig.environment, RELAY_HOME: `${rig.home}/other`, PORT: port });
  expect(code).toBe(1);
  expect(text).toContain(port);
});

it('starts without the phone system, tells so, and finds it when it comes', { timeout: 40_000 }, async () => {
  await rig.daemon.stop();
  await rig.simulator.breakIt('goDown', { seconds: 3 });
  await rig.startDaemon();
  expect((await rig.get('/relay/health')).status).toBe(503);
  expect((await rig.get('/relay/active-calls')).body).toMatchObject({ stale: true, calls: [] });
  await rig.seesCalls();
  await expect.poll(async () => (await rig.get('/relay/health')).status, { timeout: 15_000 }).toBe(200);
});

it('tells systemd that it is ready, sound and about to stop, and keeps its log in files too', async () => {
  const folder = join(rig.home, 'systemd');
  const said = join(folder, 'said');
  mkdirSync(folder);
  // In place of systemd's program: it writes down what it was told.
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\nprintf '%s\n' "$@" >> "${said}"\n`, {
    mode: 0o755,
  });
  const ended = daemon({
    ...rig.environment,
    RELAY_HOME: `${rig.home}/other`,
    LOG_DIR: join(folder, 'log'),
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '300000',
    PATH: `${folder}:${process.env['PATH']}`,
  });
  const words = () => (existsSync(said) ? readFileSync(said, 'utf8') : '');
  await expect.poll(words).toMatch(/^READY=1\nSTATUS=\w+, 0 calls, log at \d+\n.*WATCHDOG=1\n/s);
  children.at(-1)?.kill('SIGTERM');
  const { code, text } = await ended;
  expect([code, words()]).toEqual([0, expect.stringMatching(/STOPPING=1\n/)]);
  const files = readdirSync(join(folder, 'log'));
  expect(files.map(name => name.slice(0, 5)).toSorted()).toEqual(['combi', 'error']);
  const combined = readFileSync(
    join(folder, 'log', files.find(name => name.startsWith('combined')) ?? ''),
    'utf8',
  );
  expect(combined).toBe(text);
  expect(combined).toContain('"msg":"stopped"');
});

it('tells clients before a planned stop, closes them, and ends in time with its epoch kept', async () => {
  const socket = rig.connect();
  await expect.poll(() => socket.of('hello').length).toBe(1);
  const { epoch, head } = socket.messages[0];
  const started = performance.now();
  await rig.daemon.stop();
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(socket.of('reconnect')).toMatchObject([{ afterMs: expect.any(Number) }]);
  await expect.poll(() => socket.closeCode).toBe(1012);
  await rig.startDaemon();
  const again = rig.connect(`?after=${head}&epoch=${epoch}`);
  await expect.poll(() => again.of('hello').length).toBe(1);
  expect(again.messages[0].epoch).toBe(epoch);
  expect(again.of('gap').filter(gap => gap.scope === 'client')).toEqual([]);
  again.close();
});

it('begins a new epoch when the log is not the one it was', async () => {
  const socket = rig.connect();
  await expect.poll(() => socket.of('hello').length).toBe(1);
  const { epoch } = socket.messages[0];
  await rig.daemon.stop();
  for (const ending of ['', '-wal', '-shm']) writeFileSync(`${rig.home}/journal.db${ending}`, '');
  await rig.startDaemon();
  const again = rig.connect(`?after=1&epoch=${epoch}`);
  await expect.poll(() => again.of('gap').length).toBeGreaterThan(0);
  expect(again.messages[0].epoch).not.toBe(epoch);
  expect(again.of('gap')[0]).toMatchObject({ scope: 'client', reason: 'epoch' });
  again.close();
});
