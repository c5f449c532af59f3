import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONDITIONS, type ConditionCode, conditionOf } from '../../shared/conditions/condition-table.ts';
import { openDatabase } from '../store/database.ts';
import { readSchema } from '../store/schema-text.ts';
import { ConditionHistory } from './condition-history.ts';
import { Conditions } from './conditions.ts';

const schema = readSchema();
let folder: string;
let state: Database;
let time: number;
let conditions: Conditions;
let told: string[][];
const clock = { now: () => 1_000_000 + time, elapsed: () => time };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-conditions-'));
  state = openDatabase({ path: join(folder, 'state.db'), part: 'state', schema });
  time = 0;
  told = [];
  conditions = new Conditions({
    clock,
    history: new ConditionHistory(state),
    clean: text => text.replaceAll('hunter2', '***'),
  });
  conditions.onChange(current => told.push(current.map(({ code }) => code)));
});
afterEach(() => {
  conditions.stop();
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

const codes = (): string[] => conditions.current().map(({ code }) => code);
const history = () => new ConditionHistory(state).page();

function pass(ms: number): void {
  time += ms;
  conditions.look();
}

describe('the table', () => {
  it.each(Object.keys(CONDITIONS) as ConditionCode[])('%s says what, why and what to do', code => {
    const { what, cause, fix, hiddenBy } = conditionOf(code);
    for (const text of [what, cause, fix]) expect(text).toMatch(/^["A-Z].{15,}\.$/);
    for (const other of hiddenBy) expect(Object.keys(CONDITIONS)).toContain(other);
    expect(hiddenBy).not.toContain(code);
  });
});

describe('a condition', () => {
  it('is shown only once it has lasted, and is gone when cleared', () => {
    conditions.raise('XAPI_DOWN', 'It says: 502.');
    pass(9999);
    expect(codes()).toEqual([]);
    pass(1);
    expect(conditions.current()).toMatchObject([
      { code: 'XAPI_DOWN', severity: 'error', detail: 'It says: 502.', since: 1_000_000 },
    ]);
    conditions.clear('XAPI_DOWN');
    expect([codes(), told]).toEqual([[], [['XAPI_DOWN'], []]]);
  });

  it('that comes and goes sooner is never told to anybody', () => {
    for (let round = 0; round < 5; round++) {
      conditions.raise('XAPI_DOWN', 'no');
      pass(6000);
      conditions.clear('XAPI_DOWN');
    }
    expect([told, history()]).toEqual([[], []]);
  });

  it('that is a moment is over by itself, counted from the last time', () => {
    conditions.raise('CLOCK_STEPPED', 'by 5 s');
    pass(3_500_000);
    conditions.raise('CLOCK_STEPPED', 'by 5 s');
    pass(3_599_999);
    expect(codes()).toEqual(['CLOCK_STEPPED']);
    pass(1);
    expect(codes()).toEqual([]);
  });

  it('lasts as long as one of those who raised it says so', () => {
    conditions.tell('xapi', ['PBX_CERTIFICATE'], 'by xapi');
    conditions.tell('callcontrol', ['PBX_CERTIFICATE'], 'by callcontrol');
    conditions.tell('xapi', [], '');
    expect(conditions.current()).toMatchObject([{ code: 'PBX_CERTIFICATE', detail: 'by callcontrol' }]);
    conditions.tell('callcontrol', [], '');
    expect(codes()).toEqual([]);
  });

  it('is hidden while its cause is there, also before that is shown', () => {
    conditions.raise('CALLCONTROL_DOWN', 'closed');
    pass(10_000);
    conditions.raise('PBX_UNREACHABLE', 'ECONNREFUSED');
    expect(codes()).toEqual([]);
    expect(conditions.all()).toMatchObject([{ code: 'CALLCONTROL_DOWN', isHidden: true }]);
    pass(5000);
    expect(codes()).toEqual(['PBX_UNREACHABLE']);
    conditions.clear('PBX_UNREACHABLE');
    expect(codes()).toEqual(['CALLCONTROL_DOWN']);
  });

  it('stands in order with the others: the worst first', () => {
    for (const code of ['EPOCH_CHANGED', 'NO_ADMIN', 'JOURNAL_NOT_DURABLE', 'DEFECT'] as const)
      conditions.raise(code, '');
    expect(codes()).toEqual(['JOURNAL_NOT_DURABLE', 'DEFECT', 'NO_ADMIN', 'EPOCH_CHANGED']);
  });

  it('shows no secret, and news of it are told without a new beginning', () => {
    conditions.raise('NO_ADMIN', 'hunter2');
    pass(50);
    conditions.raise('NO_ADMIN', 'hunter2 again');
    expect(conditions.current()).toMatchObject([{ detail: '*** again', since: 1_000_000 }]);
    expect([told.length, history().length]).toEqual([2, 1]);
    conditions.raise('NO_ADMIN', 'hunter2 again');
    expect(told.length).toBe(2);
  });

  it('is told to the others when one listener fails', () => {
    const off = conditions.onChange(() => {
      throw new Error('no');
    });
    const heard: string[] = [];
    conditions.onChange(([first]) => heard.push(first?.code ?? 'none'));
    conditions.raise('NO_ADMIN', '');
    off();
    conditions.clear('NO_ADMIN');
    expect(heard).toEqual(['NO_ADMIN', 'none']);
  });
});

describe('the history', () => {
  it('has each time a condition was shown, from when to when, newest first, by pages', () => {
    conditions.raise('DISK_LOW', '300 MiB');
    time = 70;
    conditions.clear('DISK_LOW');
    conditions.raise('NO_ADMIN', '');
    const [second, first] = history();
    expect(first).toMatchObject({
      ...{ code: 'DISK_LOW', severity: 'warning', detail: '300 MiB' },
      ...{ raisedAt: 1_000_000, clearedAt: 1_000_070 },
    });
    expect(second).toMatchObject({ code: 'NO_ADMIN', clearedAt: null });
    expect(new ConditionHistory(state).page({ before: second?.id ?? 0, limit: 5 })).toEqual([first]);
  });

  it('ends at the next start what a killed process left open', () => {
    conditions.raise('DISK_LOW', '');
    time = 500;
    const next = new Conditions({ clock, history: new ConditionHistory(state), clean: text => text });
    next.start();
    expect(history()).toMatchObject([{ code: 'DISK_LOW', clearedAt: 1_000_500 }]);
    next.stop();
  });

  it('that cannot be written is a condition of its own, and nothing else breaks', () => {
    state.exec(
      "CREATE TRIGGER full BEFORE INSERT ON condition_history BEGIN SELECT RAISE(FAIL, 'disk full'); END",
    );
    conditions.raise('NO_ADMIN', '');
    pass(5000);
    expect(codes()).toEqual(['STATE_NOT_WRITABLE', 'NO_ADMIN']);
    state.exec('DROP TRIGGER full');
    conditions.stop();
    expect(history().map(({ code }) => code)).toContain('NO_ADMIN');
  });
});
