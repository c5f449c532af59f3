import { expect, it } from 'vitest';
import { sampleRecord } from '../database/test-bench.ts';
import { CallLog } from './call-log.ts';

const KEPT = 100_000;
const sample = sampleRecord(0);

function append(log: CallLog, from: number, count: number): void {
  for (let at = from; at < from + count; at++) {
    log.append({ record: { ...sample, cdr_started_at: new Date(at) }, callId: at });
  }
}

function starts(log: CallLog): number[] {
  return log.entries().map(({ record }) => record.cdr_started_at.getTime());
}

it('stands in the order of beginnings, whenever the past is filled in', () => {
  const log = new CallLog();
  append(log, 5000, 3);
  append(log, 1000, 3);
  append(log, 5001, 1);
  expect(starts(log)).toEqual([1000, 1001, 1002, 5000, 5001, 5001, 5002]);
  expect(log.last()?.callId).toBe(5002);
  expect(log.reachesBackTo(0)).toBe(true);
});

it('drops the oldest, not what was written first, and says how far back it is whole', () => {
  const log = new CallLog();
  append(log, 1_000_000, 10);
  append(log, 0, KEPT + 10_000);
  expect(log.entries().length).toBeLessThan(KEPT + 10_000);
  expect(log.last()?.callId).toBe(1_000_009);
  const oldest = starts(log)[0] ?? 0;
  expect(oldest).toBeGreaterThan(0);
  expect([log.reachesBackTo(oldest), log.reachesBackTo(oldest - 1)]).toEqual([true, false]);
  append(log, 0, 1);
  expect(starts(log)[0]).toBe(oldest);
});
