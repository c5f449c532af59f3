import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { readSchema } from '../../store/schema-text.ts';
import { ErrorTable, type TrackedError } from './error-table.ts';
import { ErrorTracker } from './error-tracker.ts';

const schema = readSchema();
let folder: string;
let state: Database;
let now: number;
let raised: string[];
let fresh: TrackedError[];
let tracker: ErrorTracker;

function newTracker(): ErrorTracker {
  return new ErrorTracker({
    clock: { now: () => now, elapsed: () => now },
    table: new ErrorTable(state),
    conditions: {
      raise: code => void raised.push(code),
      clear: code => void raised.push(`no ${code}`),
    },
    clean: text => text.replaceAll('hunter2', '***'),
    onNew: error => void fresh.push(error),
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-errors-'));
  state = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema });
  now = 1000;
  raised = [];
  fresh = [];
  tracker = newTracker();
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

const note = (code: string, place = 'here', detail = 'no') => tracker.note({ code, place, detail });
const rows = () => state.prepare('SELECT code, place, count FROM error_log ORDER BY id').all();
const listed = (query: object = {}) => tracker.list({ limit: 100, ...query }).errors;

describe('an error', () => {
  it('that repeats is counted, told once as new, and written once a batch', () => {
    for (let i = 0; i < 500; i++) {
      now += 1;
      note('not_json', 'callcontrol', `hunter2 ${i}`);
    }
    expect([fresh.length, rows()]).toEqual([1, []]);
    tracker.flush();
    expect(rows()).toEqual([{ code: 'not_json', place: 'callcontrol', count: 500 }]);
    expect(listed()).toMatchObject([
      {
        ...{ id: 1, severity: 'warning', component: 'callcontrol', detail: '*** 499', count: 500 },
        ...{ firstSeen: 1001, lastSeen: 1500, acknowledgedAt: null },
      },
    ]);
    expect(tracker.totals()).toEqual(new Map([['not_json', 500]]));
  });

  it('goes on being counted after a restart', () => {
    note('late_facts');
    tracker.stop();
    tracker = newTracker();
    note('late_facts');
    note('E_PRUNE');
    tracker.stop();
    expect(rows()).toEqual([
      { code: 'late_facts', place: 'here', count: 2 },
      { code: 'E_PRUNE', place: 'here', count: 1 },
    ]);
  });

  it('that nobody has a row for counts as a defect, and says so', () => {
    note('what_is_this');
    note('unknown_users');
    note('unknown_event_type');
    expect(fresh.map(({ severity }) => severity)).toEqual(['error', 'warning', 'info']);
    expect(raised).toEqual(['DEFECT', 'PBX_UNREADABLE', 'PBX_NEW_WORDS']);
  });

  it('beyond a thousand different ones is kept in the file and still counted', () => {
    for (let i = 0; i < 1500; i++) note('E_INTERNAL', `GET /${i}`);
    note('E_INTERNAL', 'GET /0');
    tracker.flush();
    expect(rows().length).toBe(1500);
    expect(rows()[0]).toEqual({ code: 'E_INTERNAL', place: 'GET /0', count: 2 });
  });

  it('is told to who watches, each time, whatever another watcher does', () => {
    const heard: number[] = [];
    tracker.onError(() => {
      throw new Error('no');
    });
    const off = tracker.onError(({ count }) => heard.push(count));
    note('fault');
    note('fault');
    off();
    note('fault');
    expect(heard).toEqual([1, 2]);
  });
});

describe('the list', () => {
  beforeEach(() => {
    for (const [index, code] of ['E_PRUNE', 'fault', 'not_json', 'late_facts'].entries()) {
      now = 2000 + index;
      note(code);
    }
  });

  it.each([
    [{}, ['late_facts', 'not_json', 'fault', 'E_PRUNE']],
    [{ component: 'journal' }, ['E_PRUNE']],
    [{ severity: 'warning' }, ['late_facts', 'not_json']],
    [{ since: 2002 }, ['late_facts', 'not_json']],
    [{ acknowledged: true }, ['fault']],
    [{ acknowledged: false, severity: 'error' }, ['E_PRUNE']],
  ])('by %j', (query, codes) => {
    if ('acknowledged' in query) tracker.acknowledge({ component: 'threecx' }, 'ada');
    expect(listed(query).map(({ code }) => code)).toEqual(codes);
  });

  it('comes by pages', () => {
    const first = tracker.list({ limit: 3 });
    expect(first.errors.length).toBe(3);
    const second = tracker.list({ limit: 3, cursor: first.nextCursor ?? '' });
    expect([second.errors.map(({ code }) => code), second.nextCursor]).toEqual([['E_PRUNE'], null]);
    expect(() => tracker.list({ limit: 3, cursor: '1; DROP' })).toThrow(/E_BAD_REQUEST/);
  });
});

describe('acknowledging', () => {
  it('says who and when; a repeat after it is a new error', () => {
    note('fault');
    const heard: (string | null)[] = [];
    tracker.onError(({ acknowledgedBy }) => heard.push(acknowledgedBy));
    now = 5000;
    expect(tracker.acknowledge(1, 'ada')).toBe(1);
    expect(tracker.acknowledge(1, 'bob')).toBe(0);
    expect(listed()).toMatchObject([{ id: 1, acknowledgedAt: 5000, acknowledgedBy: 'ada' }]);
    note('fault');
    expect(listed({ acknowledged: false })).toMatchObject([{ id: 2, count: 1 }]);
    expect([heard, fresh.length]).toEqual([['ada', null], 2]);
    expect(() => tracker.acknowledge(77, 'ada')).toThrow(/E_NOT_FOUND/);
  });

  it('takes all that a filter shows', () => {
    note('fault');
    note('E_PRUNE');
    note('E_HEARD');
    expect(tracker.acknowledge({ component: 'journal' }, 'ada')).toBe(2);
    expect(listed({ acknowledged: false }).map(({ code }) => code)).toEqual(['fault']);
  });
});

it('a file that cannot be written loses nothing: it is told, shown from memory, and written later', () => {
  state.exec("CREATE TRIGGER full BEFORE INSERT ON error_log BEGIN SELECT RAISE(FAIL, 'disk full'); END");
  note('fault');
  note('E_PRUNE');
  expect(listed().map(({ code }) => code)).toEqual(['E_PRUNE', 'fault']);
  expect(listed({ component: 'journal' }).length).toBe(1);
  expect(raised).toContain('STATE_NOT_WRITABLE');
  state.exec('DROP TRIGGER full');
  tracker.flush();
  expect(raised.at(-1)).toBe('no STATE_NOT_WRITABLE');
  expect(rows().length).toBe(2);
});
