import { describe, expect, test } from 'vitest';
import { callLogData } from './call-log-data.ts';
import { isoDuration } from './iso-text.ts';
import { TestBench } from './test-bench.ts';

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER, hidePolled: false, rowsMax: 1000 };

function queueCall(): TestBench {
  const bench = new TestBench();
  bench.play(
    { do: 'dialIn', call: 'a', from: '+442079460901', name: 'Faux, Gus', did: '+442079460300' },
    50,
    { do: 'route', call: 'a', to: '900' },
    1000,
    { do: 'poll', call: 'a', dns: ['101', '102'] },
    4000,
    { do: 'answer', call: 'a', dn: '102' },
    30_000,
    { do: 'transfer', call: 'a', by: '102', to: '103' },
    2000,
    { do: 'answer', call: 'a' },
    10_000,
    { do: 'hangUp', call: 'a', by: 'caller' },
  );
  return bench;
}

describe('rows of one call', () => {
  test('are numbered in the order the segments began and read newest first', () => {
    const rows = callLogData(queueCall().parts.callLog.entries(), EVER);
    const places = rows.map(({ SegmentId, Indent, DestinationCallerId, Status }) => [
      SegmentId,
      Indent,
      DestinationCallerId,
      Status,
    ]);
    expect(places).toEqual([
      [5, 1, 'Ext.103', 'Answered'],
      [4, 1, 'Ext.102', 'Answered'],
      [3, 1, 'Ext.101', 'Unanswered'],
      [2, 1, '900', 'Unanswered'],
      [1, 0, '+442079460300', 'Unanswered'],
    ]);
    expect(rows.every(({ Direction }) => Direction === 'Inbound')).toBe(true);
    expect(rows[0]).toMatchObject({
      SourceDisplayName: 'Faux, Gus',
      SourceCallerId: '+442079460901',
      TalkingDuration: 'PT10S',
    });
    expect(rows[1]).toMatchObject({ Reason: 'Forwarded to Ext.103', actionDnDn: '103' });
    expect(rows[2]).toMatchObject({ RingingDuration: 'PT4S', TalkingDuration: null });
  });

  test('leave out vain attempts on request, and keep their numbers', () => {
    const rows = callLogData(queueCall().parts.callLog.entries(), { ...EVER, hidePolled: true });
    expect(rows.map(({ SegmentId }) => SegmentId)).toEqual([5, 4, 2, 1]);
  });

  test('keep their numbers when the call began before the period', () => {
    const { callLog } = queueCall().parts;
    const last = callLogData(callLog.entries(), EVER)[0];
    const from = Date.parse(last?.StartTime ?? '');
    expect(callLogData(callLog.entries(), { ...EVER, from })).toEqual([last]);
  });

  test('never exceed the limit, and then lose the oldest', () => {
    const rows = callLogData(queueCall().parts.callLog.entries(), { ...EVER, rowsMax: 2 });
    expect(rows.map(({ SegmentId }) => SegmentId)).toEqual([5, 4]);
  });
});

test('direction comes from the first row of a call', () => {
  const bench = new TestBench();
  for (const [call, to] of [
    ['in', '102'],
    ['out', '+442079460902'],
  ] as const) {
    bench.play({ do: 'dial', call, by: '101', to }, 3000, { do: 'answer', call }, 4000, {
      do: 'hangUp',
      call,
      by: 'caller',
    });
  }
  const [out, internal] = callLogData(bench.parts.callLog.entries(), EVER);
  expect(internal).toMatchObject({
    Direction: 'Internal',
    SourceCallerId: '101',
    DestinationCallerId: 'Ext.102',
  });
  expect(out).toMatchObject({ Direction: 'Outbound', DestinationCallerId: '+442079460902', Answered: true });
});

test('an attended transfer is one call of two histories', () => {
  const bench = new TestBench();
  bench.play(
    ...([
      { do: 'dialIn', call: 'a', from: '+442079460901', did: '+442079460200' },
      { do: 'route', call: 'a', to: '101' },
    ] as const),
    ...([2000, { do: 'answer', call: 'a' }, 5000, { do: 'dial', call: 'b', by: '101', to: '102' }] as const),
    ...([2000, { do: 'answer', call: 'b' }, 5000, { do: 'join', call: 'a', with: 'b', by: '101' }] as const),
    ...([5000, { do: 'hangUp', call: 'a', by: 'caller' }] as const),
  );
  const rows = callLogData(bench.parts.callLog.entries(), EVER);
  expect(new Set(rows.map(row => row.MainCallHistoryId)).size).toBe(1);
  expect(new Set(rows.map(row => row.CallHistoryId)).size).toBe(2);
  expect(rows[0]).toMatchObject({
    SegmentId: 4,
    SourceDn: '10001',
    DestinationDn: '102',
    RingingDuration: 'PT0S',
  });
});

test.each([
  [0, 'PT0S'],
  [9310, 'PT9.31S'],
  [64_000, 'PT1M4S'],
  [3_600_000, 'PT1H'],
  [93_600_500, 'P1DT2H0.5S'],
  [86_400_000, 'P1D'],
])('%i ms are %s', (ms, text) => expect(isoDuration(ms)).toBe(text));
