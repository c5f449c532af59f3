import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistoryRecord } from '../../src/daemon/core/ports.ts';
import { CSV_HEADER, csvLine } from '../../src/daemon/outlets/relay/history/csv.ts';
import { parseHistoryParams } from '../../src/daemon/outlets/relay/history/history-params.ts';
import { ndjsonLine } from '../../src/daemon/outlets/relay/history/ndjson.ts';

const RECORD: HistoryRecord = {
  id: 'call-1',
  callId: 'call-1',
  source: '3cx',
  direction: 'inbound',
  from: { number: '+442079460101', name: 'Smith, "Jo"', dn: '10001' },
  to: { number: '101', name: 'Test\nAda', dn: '101' },
  did: '+442079460200',
  queue: null,
  startedAt: '2025-10-14T09:30:58.102Z',
  answeredAt: '2025-10-14T09:31:07.412Z',
  endedAt: null,
  durationSeconds: 73.31,
  talkSeconds: 64,
  answered: true,
  endReason: 'src_participant_terminated',
};

/** RFC 4180 as a reader has it, written apart from the encoder. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let rest = line.replace(/\r\n$/, '');
  while (true) {
    const [all, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/.exec(rest) ?? [];
    if (all === undefined) throw new Error(`not CSV: ${rest}`);
    cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (all.length === rest.length) return cells;
    rest = rest.slice(all.length + 1);
  }
}

describe('CSV', () => {
  it('has a column for each thing, quoted where it must be', () => {
    expect(CSV_HEADER).toBe(
      'id,callId,source,direction,fromNumber,fromName,fromDn,toNumber,toName,toDn,did,queue,startedAt,answeredAt,endedAt,durationSeconds,talkSeconds,answered,endReason\r\n',
    );
    expect(csvLine(RECORD)).toBe(
      'call-1,call-1,3cx,inbound,+442079460101,"Smith, ""Jo""",10001,101,"Test\nAda",101,+442079460200,,' +
        '2025-10-14T09:30:58.102Z,2025-10-14T09:31:07.412Z,,73.31,64,true,src_participant_terminated\r\n',
    );
  });

  it('gives back any text, and never a cell that a spreadsheet would run', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '＝', '"', ',', "'"), fc.string())
        .map(parts => parts.join('')),
    );
    fc.assert(
      fc.property(text, name => {
        const cell = cellsOf(csvLine({ ...RECORD, from: { ...RECORD.from, name } }))[5] ?? '';
        expect([name, `'${name}`]).toContain(cell);
        expect(cell).not.toMatch(/^[=\-@\t\r\n＝＋－＠]/);
        if (cell.startsWith('+')) expect(cell).toMatch(/^\+\d+$/);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'],
    ["+44 20 7946'!A1", "'+44 20 7946'!A1"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['+442079460101', '+442079460101'],
    ["O'Neil - Sales", "O'Neil - Sales"],
  ])('guards %j', (name, cell) => {
    expect(cellsOf(csvLine({ ...RECORD, from: { ...RECORD.from, name } }))[5]).toBe(cell);
  });
});

describe('NDJSON', () => {
  it('is one line a record, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), name => {
        const record = { ...RECORD, to: { ...RECORD.to, name } };
        const line = ndjsonLine(record);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toEqual(record);
      }),
    );
  });
});

describe('the parameters of call history', () => {
  const NOW = Date.parse('2026-02-01T12:00:00Z');
  const DAY_MS = 86_400_000;
  const parse = (text: string) => parseHistoryParams(new URLSearchParams(text), NOW);

  it('default to the calls of the last 24 hours', () => {
    expect(parse('')).toEqual({ start: NOW - DAY_MS, end: NOW, group: 'calls', limit: 100 });
  });

  it('are all understood', () => {
    const all =
      'start=2026-01-31T08:00:00%2B01:00&end=1769900000000&number=%2B44 20 7946&extension=101&queue=900&direction=inbound';
    expect(parse(`${all}&answered=false&group=legs&limit=500&cursor=abc`)).toEqual({
      start: Date.parse('2026-01-31T07:00:00Z'),
      end: 1_769_900_000_000,
      number: '+44 20 7946',
      extension: '101',
      queue: '900',
      direction: 'inbound',
      answered: false,
      group: 'legs',
      limit: 500,
      cursor: 'abc',
    });
  });

  it('leave the range to the cursor where only that is given', () => {
    expect(parse('cursor=abc')).toMatchObject({ start: 0, end: 8_640_000_000_000_000, cursor: 'abc' });
  });

  it.each([
    ['strat=1', 'E_UNKNOWN_PARAMETER', 'strat'],
    ['limit=1&limit=2', 'E_BAD_REQUEST', 'limit'],
    ['limit=0', 'E_BAD_REQUEST', 'limit: must be a whole number from 1 to 500'],
    ['limit=501', 'E_BAD_REQUEST', 'limit'],
    ['limit=1.5', 'E_BAD_REQUEST', 'limit'],
    ['start=2026-01-31T08:00:00', 'E_BAD_REQUEST', 'start: must be ISO 8601 with a zone'],
    ['start=2026-01-31', 'E_BAD_REQUEST', 'start'],
    ['start=2026-02-30T00:00:00Z', 'E_BAD_REQUEST', 'start'],
    ['start=2026-01-31T08:00:00+01:00', 'E_BAD_REQUEST', 'write %2B'],
    ['start=1769900000', 'E_BAD_REQUEST', 'start'],
    ['start=2026-02-01T12:00:00Z', 'E_BAD_REQUEST', 'start: must be before end'],
    ['direction=in', 'E_BAD_REQUEST', 'direction'],
    ['answered=yes', 'E_BAD_REQUEST', 'answered'],
    ['group=call', 'E_BAD_REQUEST', 'group'],
    ['extension=10%00', 'E_BAD_REQUEST', 'extension'],
    ['number=abc', 'E_BAD_REQUEST', 'number'],
    ['cursor=', 'E_BAD_REQUEST', 'cursor'],
    ['__proto__=1', 'E_UNKNOWN_PARAMETER', '__proto__'],
  ])('refuse %s by name', (text, code, named) => {
    expect(() => parse(text)).toThrowError(
      expect.objectContaining({ code, detail: expect.stringContaining(named) }),
    );
  });
});
