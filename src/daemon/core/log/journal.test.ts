import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { readSchema } from '../../store/schema-text.ts';
import { Continuity } from './continuity.ts';
import { placeOf } from './cursor.ts';
import { Journal } from './journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '3cx-relay-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open() {
  const database = openDatabase({ path: join(folder, 'journal.db'), part: 'journal', schema: readSchema() });
  const continuity = new Continuity({ database, markFile: join(folder, 'sound'), bootId: 'boot' });
  const limits = { maxEvents: 100_000, maxAgeMs: 3_600_000, maxBytes: 2 ** 40 };
  return { database, journal: new Journal({ database, continuity, limits }) };
}

function write(journal: Journal, count: number) {
  const draft = {
    time: 1,
    type: 'call_event' as const,
    source: '3cx',
    dns: ['101'],
    body: JSON.stringify('x'.repeat(2000)),
  };
  return journal.append({
    drafts: Array.from({ length: count }, () => draft),
    calls: new Map(),
  });
}

/** The disk is full: the file may not grow any more. */
function fill(journal: Journal, database: ReturnType<typeof open>['database']): number {
  database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 10}`);
  for (let turn = 0; turn < 200; turn++) if (write(journal, 20).fault !== null) return turn;
  throw new Error('The file never became full');
}

it('goes on in memory when the disk is full, and writes all of it when there is room again', () => {
  const { database, journal } = open();
  const { epoch } = journal;
  write(journal, 10);
  fill(journal, database);
  expect(journal.isDurable).toBe(false);
  write(journal, 30);
  const { head } = journal;
  expect(journal.read(0, 10_000).map(entry => entry.seq)).toEqual(
    Array.from({ length: head }, (_, index) => index + 1),
  );
  expect(() => journal.recover()).toThrow(/full/);
  database.pragma('max_page_count = 1000000');
  journal.recover();
  expect([journal.isDurable, journal.epoch, journal.head]).toEqual([true, epoch, head]);
  expect(database.prepare('SELECT count(*) AS count FROM journal').get()).toEqual({ count: head });
  database.close();
});

it('begins after what memory had to give up, so that nobody reads over the hole', () => {
  const { database, journal } = open();
  const { epoch } = journal;
  write(journal, 10);
  fill(journal, database);
  for (let turn = 0; turn < 55; turn++) write(journal, 1000);
  const { oldest, head } = journal;
  expect(head - oldest).toBeLessThan(50_000);
  expect(placeOf(journal, { after: '5', epoch })).toMatchObject({
    position: oldest - 1,
    gap: { reason: 'expired', from: 6, to: oldest - 1 },
  });
  expect(journal.read(oldest - 1, 1)[0]?.seq).toBe(oldest);
  database.pragma('max_page_count = 1000000');
  journal.recover();
  expect(journal.epoch).not.toBe(epoch);
  expect([journal.oldest, journal.head]).toEqual([oldest, head]);
  database.close();
  const again = open();
  expect([again.journal.oldest, again.journal.head]).toEqual([oldest, head]);
  again.database.close();
});

it('recovers also when only the last step of it failed before', () => {
  const { database, journal } = open();
  fill(journal, database);
  const { head } = journal;
  database.pragma('max_page_count = 1000000');
  // In the place of the mark that says that all is well.
  mkdirSync(join(folder, 'sound'));
  expect(() => journal.recover()).toThrow();
  rmdirSync(join(folder, 'sound'));
  journal.recover();
  expect([journal.isDurable, journal.head]).toEqual([true, head]);
  expect(database.prepare('SELECT count(*) AS count FROM journal').get()).toEqual({ count: head });
  database.close();
});

it('begins a new epoch when it ends while entries are in memory only', () => {
  const first = open();
  const { epoch } = first.journal;
  write(first.journal, 10);
  fill(first.journal, first.database);
  first.database.close();
  const second = open();
  expect(second.journal.epoch).not.toBe(epoch);
  second.database.close();
});

it('prunes by count, age and size, a bounded number of rows at a time, and keeps the newest', () => {
  const { database } = open();
  const continuity = new Continuity({ database, markFile: join(folder, 'sound'), bootId: 'boot' });
  const small = new Journal({
    database,
    continuity,
    limits: { maxEvents: 50, maxAgeMs: 1000, maxBytes: 2 ** 40 },
  });
  write(small, 3000);
  let rounds = 1;
  while (small.prune(1)) rounds += 1;
  expect([small.oldest, small.head]).toEqual([2951, 3000]);
  expect(rounds).toBeGreaterThan(2);
  while (small.prune(10_000));
  expect([small.oldest, small.head]).toEqual([3000, 3000]);
  database.close();
});

it('remembers until when a source was surely heard: its own events make it later, other entries do not', () => {
  const { database, journal } = open();
  const entry = { source: '3cx', dns: [], body: '{}' };
  const append = (...drafts: { time: number; type: 'call_event' | 'agent' }[]) =>
    journal.append({ drafts: drafts.map(draft => ({ ...entry, ...draft })), calls: new Map() });
  expect(journal.heardUntil('3cx')).toBeNull();
  append({ time: 100, type: 'call_event' }, { time: 200, type: 'agent' });
  // As a journal of an older version, which has noted nothing.
  expect(journal.heardUntil('3cx')).toBe(200);
  journal.noteHeard('3cx', { until: 50, isBlind: false });
  expect(journal.heardUntil('3cx')).toBe(100);
  journal.noteHeard('3cx', { until: 150, isBlind: false });
  expect(journal.heardUntil('3cx')).toBe(150);
  journal.noteHeard('3cx', { until: 60, isBlind: true });
  expect(journal.heardUntil('3cx')).toBe(60);
  database.close();
});

it('finds the place for a time, and tells when the log does not reach back so far any more', () => {
  const { journal } = open();
  const at = (time: number) => placeOf(journal, { after: null, epoch: null, since: time });
  expect(at(5)).toEqual({ position: 0, gap: null });
  const add = (time: number): void => {
    const entry = { type: 'call' as const, source: '3cx', dns: [], body: '{}', time };
    journal.append({ drafts: [entry], calls: new Map() });
  };
  for (const time of [100, 200, 200, 300]) add(time);
  const places = [5, 100, 101, 200, 201, 300, 301].map(time => at(time));
  expect(places.map(({ position }) => position)).toEqual([0, 0, 1, 1, 3, 3, 4]);
  expect(places.every(({ gap }) => gap === null)).toBe(true);
  journal.setLimits({ maxEvents: 2, maxAgeMs: 3_600_000, maxBytes: 2 ** 40 });
  journal.prune(300);
  expect(at(201)).toEqual({ position: 3, gap: null });
  // Of that time there was one more.
  const gap = { scope: 'client', reason: 'expired', from: null, to: 2, detail: expect.any(String) };
  expect(at(200)).toEqual({ position: 2, gap });
  // Within one turn the times of entries need not rise.
  for (const time of [9500, 9400, 9500]) add(time);
  expect([at(9450).position, at(9400).position, at(9501).position]).toEqual([4, 4, 7]);
  journal.close();
});
