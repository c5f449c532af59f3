import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { readSchema } from '../store/schema-text.ts';
import { RequestLog } from './request-log.ts';

const schema = readSchema();
const MINUTE_MS = 60_000;
let folder: string;
let state: Database;
let now: number;
let raised: Set<string>;
let requests: RequestLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-requests-'));
  state = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema });
  now = 10 * MINUTE_MS;
  raised = new Set();
  requests = new RequestLog({
    database: state,
    clock: { now: () => now, elapsed: () => now },
    conditions: {
      raise: code => void raised.add(code),
      clear: code => void raised.delete(code),
      isRaised: code => raised.has(code),
    },
  });
});
afterEach(() => {
  requests.stop();
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

const rows = () =>
  state.prepare('SELECT minute, key_id, route, status, requests, duration_ms FROM api_requests').all();
const note = (status = 200, keyId = 'a', route = '/relay/me') =>
  requests.note({ keyId, route, status, ms: 2.4 });

it('counts by minute, key, route and answer, and writes by itself soon after', async () => {
  for (let i = 0; i < 1000; i++) note();
  note(429);
  note(401, '');
  expect(rows()).toEqual([]);
  await expect.poll(rows).toEqual([
    { minute: 600_000, key_id: '', route: '/relay/me', status: 401, requests: 1, duration_ms: 2 },
    { minute: 600_000, key_id: 'a', route: '/relay/me', status: 200, requests: 1000, duration_ms: 2400 },
    { minute: 600_000, key_id: 'a', route: '/relay/me', status: 429, requests: 1, duration_ms: 2 },
  ]);
});

it('adds to what is written, in the minute it belongs to', () => {
  note();
  requests.flush();
  note();
  now += MINUTE_MS;
  note();
  requests.flush();
  expect(rows()).toMatchObject([
    { minute: 600_000, requests: 2 },
    { minute: 660_000, requests: 1 },
  ]);
});

it('tells what a key did, also what is not written yet', () => {
  note();
  requests.flush();
  now += 5 * MINUTE_MS;
  for (const status of [200, 200, 403]) note(status);
  note(200, 'other');
  expect(requests.usage('a', now)).toEqual({
    ...{ requests: 3, refused: 1, meanMs: 2.3, lastAt: 900_000 },
    routes: [
      { route: '/relay/me', status: 200, requests: 2, meanMs: 2.5 },
      { route: '/relay/me', status: 403, requests: 1, meanMs: 2 },
    ],
  });
  expect(requests.usage('a', 0).requests).toBe(4);
  expect(requests.usage('nobody', 0)).toEqual({
    requests: 0,
    refused: 0,
    meanMs: 0,
    lastAt: null,
    routes: [],
  });
});

it('tells how it went, in equal steps, the newest last', () => {
  now = 86_400_000;
  note();
  now += 3 * 3_600_000;
  for (let i = 0; i < 5; i++) note();
  const { stepMs, requests: steps } = requests.course('a', now - 86_400_000);
  expect([stepMs, steps.length, steps.at(-1), steps.at(-3)]).toEqual([3_600_000, 24, 5, 1]);
  expect(steps.reduce((sum, count) => sum + count, 0)).toBe(6);
  const short = requests.course('a', now - 120_000);
  expect(short).toEqual({ stepMs: 60_000, requests: [0, 5] });
  expect(requests.course('nobody', now - 86_400_000).requests.every(count => count === 0)).toBe(true);
});

it('is bounded while the file refuses: the oldest are dropped and counted', () => {
  state.exec("CREATE TRIGGER full BEFORE INSERT ON api_requests BEGIN SELECT RAISE(FAIL, 'disk full'); END");
  for (let i = 0; i < 10_020; i++) note(200, `key ${i}`);
  requests.flush();
  expect([raised.has('STATE_NOT_WRITABLE'), requests.dropped]).toEqual([true, 20]);
  state.exec('DROP TRIGGER full');
  requests.flush();
  expect([raised.has('STATE_NOT_WRITABLE'), rows().length]).toEqual([false, 10_000]);
});

it('stops while the disk is nearly full', () => {
  raised.add('DISK_VERY_LOW');
  note();
  raised.clear();
  requests.flush();
  expect([rows(), requests.dropped]).toEqual([[], 1]);
});

it('costs a request next to nothing', () => {
  for (let i = 0; i < 20_000; i++) note();
  const began = performance.now();
  for (let i = 0; i < 100_000; i++) note();
  // Some 0.2 ms for a thousand; a busy machine may be far slower.
  expect((performance.now() - began) / 100).toBeLessThan(20);
});
