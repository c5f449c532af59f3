import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { maintain } from './maintenance.ts';
import { RETENTION, ROWS_PER_TURN, removeOld } from './retention.ts';
import { readSchema } from './schema-text.ts';

const schema = readSchema();
const DAY_MS = 86_400_000;
const NOW = 1000 * DAY_MS;
let folder: string;
let state: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-maintenance-'));
  state = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema });
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

function addRequests(count: number, ageDays: number): void {
  const put = state.prepare("INSERT INTO api_requests VALUES (?, ?, '/relay/me', 200, 1, 1)");
  state.transaction(() => {
    for (let i = 0; i < count; i++) put.run(NOW - ageDays * DAY_MS, `key ${ageDays} ${i}`);
  })();
}

const count = (table: string): unknown => state.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

it('removes what is too old, a bounded number of rows a turn, and gives the room back', async () => {
  addRequests(5000, 100);
  addRequests(10, 1);
  const [rule] = RETENTION;
  if (!rule) throw new Error('no rule');
  expect(removeOld(state, rule, NOW)).toBe(ROWS_PER_TURN);
  const [done] = await maintain({ parts: [{ part: 'state', database: state }], now: NOW });
  expect(done).toMatchObject({ part: 'state', removed: { api_requests: 4000, error_log: 0 }, fault: null });
  expect(done?.bytesAfter).toBeLessThan((done?.bytesBefore ?? 0) / 2);
  expect(count('api_requests')).toBe(10);
});

it('removes the oldest of what is too many', () => {
  addRequests(20, 2);
  addRequests(20, 1);
  const rule = {
    ...RETENTION[0],
    table: 'api_requests',
    key: 'minute, key_id, route, status',
    time: 'minute',
  };
  expect(removeOld(state, { ...rule, keepMs: 30 * DAY_MS, keepRows: 25 }, NOW)).toBe(15);
  expect(
    state
      .prepare('SELECT count(*) FROM api_requests WHERE minute > ?')
      .pluck()
      .get(NOW - 1.5 * DAY_MS),
  ).toBe(20);
});

it('keeps a condition that is still there, however old', () => {
  const put = state.prepare(
    "INSERT INTO condition_history (code, severity, detail, raised_at, cleared_at) VALUES ('DISK_LOW', 'warning', '', ?, ?)",
  );
  put.run(1, null);
  put.run(1, 2);
  const rule = RETENTION.find(({ table }) => table === 'condition_history');
  if (!rule) throw new Error('no rule');
  expect(removeOld(state, rule, NOW)).toBe(1);
  expect(count('condition_history')).toBe(1);
});

it('has a rule for every table that grows', () => {
  const tables = state.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const kept = ['meta', 'api_keys', 'admin_users', 'audit_log', 'ended_logins', 'agent_state_history'];
  expect([...RETENTION.map(({ table }) => table), ...kept].toSorted()).toEqual(tables.toSorted());
});

it('finds damage, in a file that is in use', async () => {
  addRequests(5000, 1);
  state.pragma('wal_checkpoint(TRUNCATE)');
  state.close();
  const bytes = readFileSync(join(folder, 'state.db'));
  bytes.fill(0xff, bytes.length - 3 * 4096, bytes.length - 4096);
  writeFileSync(join(folder, 'state.db'), bytes);
  state = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema });
  const [done] = await maintain({ parts: [{ part: 'journal', database: state }], now: NOW });
  expect(done?.fault).toMatch(/\S/);
});
