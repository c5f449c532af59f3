import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { readSchema } from '../store/schema-text.ts';
import { AuditLog } from './audit-log.ts';
import { LifeNotes } from './life-notes.ts';

const HOUR_MS = 3_600_000;
const DETAIL = { version: '1.2.3', pid: 7 };
let folder: string;
let database: Database;
let audit: AuditLog;
let now = 1000 * HOUR_MS;
const clock = { now: () => now, elapsed: () => now };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-life-notes-'));
  database = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema: readSchema() });
  audit = new AuditLog({ database, clock });
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own each time. */
function live(isClean = true): void {
  const notes = new LifeNotes({ database, audit, clock });
  notes.started(DETAIL);
  if (isClean) notes.stopped();
}

const rows = (action: string) => audit.page({ action, limit: 100 }).rows;

it('every start and stop of a common day is written down', () => {
  for (let count = 0; count < 5; count++) live();
  expect([rows('daemon.start').length, rows('daemon.stop').length]).toEqual([5, 5]);
  expect(JSON.parse(rows('daemon.start')[0]?.detail ?? '')).toEqual({ pid: 7, version: '1.2.3' });
});

it('a crash loop does not fill the disk; how often it started is told when a day has passed', async () => {
  for (let count = 0; count < 60; count++) {
    now += 5000;
    live(count % 2 === 0);
  }
  expect(rows('daemon.start')).toHaveLength(20);
  expect(rows('daemon.stop').length).toBeLessThanOrEqual(20);
  now += 25 * HOUR_MS;
  live();
  live();
  const [newest, before] = rows('daemon.start').map(({ detail }) => JSON.parse(detail));
  expect(before).toEqual({ ...DETAIL, startsNotWritten: 40 });
  expect(newest).toEqual(DETAIL);
  expect((await audit.verify()).fault).toBeNull();
});
