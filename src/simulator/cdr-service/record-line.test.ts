import { expect, test } from 'vitest';
import { TestBench } from '../xapi/test-bench.ts';
import { CDR_FIELDS, type CdrField } from './cdr-settings.ts';
import { recordLine } from './record-line.ts';

const ALL: CdrField[] = CDR_FIELDS.map(Name => ({ Name, Length: null }));

function linesOf(bench: TestBench, fields: readonly CdrField[] = ALL, isFixedWidth = false): string[] {
  const log = bench.parts.callLog.entries();
  return log.map(({ record, callId }, index) => {
    const earlier = log.slice(0, index).map(entry => entry.record);
    return recordLine({ record, callId, earlier }, { fields, isFixedWidth });
  });
}

function groupCall(): TestBench {
  const bench = new TestBench();
  bench.play(
    { do: 'dialIn', call: 'a', from: '+442079460901', did: '+442079460201' },
    60,
    { do: 'route', call: 'a', to: '800' },
    { do: 'poll', call: 'a', dns: ['101', '102'] },
    4100,
    { do: 'answer', call: 'a', dn: '101' },
    3_725_000,
    { do: 'hangUp', call: 'a', by: 'callee' },
  );
  return bench;
}

test('every field of an answered call has its column', () => {
  const bench = groupCall();
  const id = bench.parts.callLog.last()?.record.call_history_id;
  expect(linesOf(bench).at(-1)?.split(',')).toEqual([
    ...['Call 1', id, '01:02:05', '2025/10/14 09:30:58', '2025/10/14 09:31:02', '2025/10/14 10:33:07'],
    ...['TerminatedByDst', '+442079460901', 'Ext.101', '10001', '101', '+442079460201', '', 'Ext.101', '101'],
    ...['', '', '', '', 'Chain: +442079460901;Ext.800;Ext.101;', 'LineSet', 'Extension', 'Extension'],
    ...['Reception:', 'Test Ada', 'Test Ada', '102'],
  ]);
});

test('what was not answered or goes on leaves columns empty', () => {
  const fields: CdrField[] = [
    ...(['duration', 'time-answered', 'reason-changed', 'final-dn', 'chain', 'to-dn'] as const),
  ].map(Name => ({ Name, Length: null }));
  expect(linesOf(groupCall(), fields).slice(0, 3)).toEqual([
    '00:00:00,,ReplacedDst,,Chain: +442079460901;,+442079460201',
    '00:00:00,,,102,Chain: +442079460901;Ext.102;,102',
    '00:00:00,,ReplacedDst,,Chain: +442079460901;Ext.800;,800',
  ]);
});

test('columns follow the enabled order and are cut or filled to their length', () => {
  const fields: CdrField[] = [
    { Name: 'to-dispname', Length: 4 },
    { Name: 'to-dn', Length: 6 },
  ];
  expect(linesOf(groupCall(), fields).at(-1)).toBe('Test,101');
  expect(linesOf(groupCall(), fields, true).at(-1)).toBe('Test101   ');
});
