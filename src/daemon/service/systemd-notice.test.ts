import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SystemdNotice } from './systemd-notice.ts';

const path = process.env['PATH'];
let folder: string;
let fault: string | null;
let elapsed: number | null;
let faults: string[];
/** How often it was asked what is wrong. */
let asked: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-notify-'));
  fault = null;
  elapsed = null;
  faults = [];
  asked = 0;
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

function noticeIn(environment: Record<string, string>): SystemdNotice {
  return new SystemdNotice({
    environment,
    clock: { elapsed: () => elapsed ?? performance.now() },
    onFault: text => faults.push(text),
  });
}

const signs = {
  status: () => 'healthy, 3 calls',
  fault: () => {
    asked += 1;
    return fault;
  },
};

it('says that it is ready and how it is, then that it is sound, as often as the unit wants it', async () => {
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '150000' });
  notice.ready(signs);
  await expect.poll(() => said().filter(word => word === 'WATCHDOG=1').length).toBeGreaterThan(2);
  expect(said().slice(0, 2)).toEqual(['READY=1', 'STATUS=healthy, 3 calls']);
  notice.stopping();
  await expect.poll(() => said().at(-1)).toBe('STOPPING=1');
});

it('does not say it while something is wrong', async () => {
  fault = 'events wait';
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '60000' });
  notice.ready(signs);
  await expect.poll(() => asked).toBeGreaterThan(3);
  expect(faults).toEqual(['events wait']);
  expect(said()).not.toContain('WATCHDOG=1');
  fault = null;
  await expect.poll(said).toContain('WATCHDOG=1');
  fault = 'they wait again';
  await expect.poll(() => faults).toEqual(['events wait', 'they wait again']);
  notice.stopping();
});

it('does not say it after a turn in which the loop stood still', async () => {
  let turns = 0;
  elapsed = 0;
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '60000' });
  // Each time it looks, ten minutes have passed since it meant to.
  fault = null;
  const clock = setInterval(() => {
    turns += 1;
    elapsed = turns * 600_000;
  }, 1);
  notice.ready(signs);
  await expect.poll(() => turns).toBeGreaterThan(100);
  expect(said()).not.toContain('WATCHDOG=1');
  clearInterval(clock);
  notice.stopping();
});

it('is silent where there is no systemd, or where the word is for another process', async () => {
  noticeIn({}).ready(signs);
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '30000', WATCHDOG_PID: '1' });
  notice.ready(signs);
  await expect.poll(said).toEqual(['READY=1', 'STATUS=healthy, 3 calls']);
  expect(said()).not.toContain('WATCHDOG=1');
  notice.stopping();
});

it('does not say that it is ready when it was told to stop before', async () => {
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '30000' });
  notice.stopping();
  notice.ready(signs);
  await expect.poll(said).toEqual(['STOPPING=1']);
  expect(asked).toBe(0);
});

it('asks for faults only where systemd waits for the word', () => {
  vi.useFakeTimers();
  let looks = 0;
  const status = (): string => `look ${++looks}`;
  const notice = noticeIn({ NOTIFY_SOCKET: '/run/nowhere' });
  notice.ready({ ...signs, status });
  vi.advanceTimersByTime(60_000);
  notice.stopping();
  vi.useRealTimers();
  expect([looks, asked]).toEqual([7, 0]);
});
