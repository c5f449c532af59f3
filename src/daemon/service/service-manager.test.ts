import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ServiceManager } from './service-manager.ts';

const path = process.env['PATH'];
let folder: string;
let fault: string | null;
let elapsed: number | null;
let faults: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-notify-'));
  fault = null;
  elapsed = null;
  faults = [];
  // In place of systemd's program: it writes down what it was told.
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\nprintf '%s|' "$@" >> "${folder}/said"\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  process.env['PATH'] = `${folder}:${path}`;
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

const said = (): string[] =>
  existsSync(join(folder, 'said')) ? readFileSync(join(folder, 'said'), 'utf8').split('|').slice(0, -1) : [];

function managed(environment: Record<string, string>): ServiceManager {
  return new ServiceManager({
    environment,
    clock: { elapsed: () => elapsed ?? performance.now() },
    status: () => 'healthy, 3 calls',
    fault: () => fault,
    onFault: text => faults.push(text),
  });
}

it('says that it is ready and how it is, then that it is sound, as often as the unit wants it', async () => {
  const manager = managed({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '150000' });
  manager.ready();
  await expect.poll(() => said().filter(word => word === 'WATCHDOG=1').length).toBeGreaterThan(2);
  expect(said().slice(0, 2)).toEqual(['READY=1', 'STATUS=healthy, 3 calls']);
  manager.stopping();
  await expect.poll(() => said().at(-1)).toBe('STOPPING=1');
});

it('does not say it while something is wrong', async () => {
  fault = 'events wait';
  const manager = managed({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '60000' });
  manager.ready();
  await expect.poll(() => faults.length).toBeGreaterThan(3);
  expect(said()).not.toContain('WATCHDOG=1');
  fault = null;
  await expect.poll(said).toContain('WATCHDOG=1');
  manager.stopping();
});

it('does not say it after a turn in which the loop stood still', async () => {
  let asked = 0;
  elapsed = 0;
  const manager = managed({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '60000' });
  // Each time it looks, ten minutes have passed since it meant to.
  fault = null;
  const clock = setInterval(() => {
    asked += 1;
    elapsed = asked * 600_000;
  }, 1);
  manager.ready();
  await expect.poll(() => asked).toBeGreaterThan(100);
  expect(said()).not.toContain('WATCHDOG=1');
  clearInterval(clock);
  manager.stopping();
});

it('is silent where there is no systemd, or where the word is for another process', async () => {
  managed({}).ready();
  const manager = managed({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '30000', WATCHDOG_PID: '1' });
  manager.ready();
  await expect.poll(said).toEqual(['READY=1', 'STATUS=healthy, 3 calls']);
  expect(said()).not.toContain('WATCHDOG=1');
  manager.stopping();
});
