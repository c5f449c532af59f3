import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../entities.ts';
import { ODataError } from '../xapi-fault.ts';
import { parseFilter } from './odata-filter.ts';

const FIELDS = fieldsOf('CallLogData');
const ROW = {
  CallId: 1265,
  StartTime: '2025-10-14T09:30:58.102Z',
  SourceCallerId: '+442079460101',
  DestinationDisplayName: "O'Test, Ada",
  Answered: true,
  QualityReport: null,
  Reason: null,
  TalkingDuration: 'PT1M4S',
};

const TRUE = [
  'CallId eq 1265',
  'CallId ne 1 and CallId gt 1264 and CallId ge 1265 and CallId lt 1266 and CallId le 1265.0',
  "SourceCallerId eq '+442079460101'",
  "DestinationDisplayName eq 'O''Test, Ada'",
  "contains(DestinationDisplayName,'Test')",
  "startswith( tolower(DestinationDisplayName) , 'o''' ) and endswith(toupper(DestinationDisplayName),'ADA')",
  'StartTime ge 2025-10-14T09:30:58Z and StartTime lt 2025-10-14T11:30:59+02:00',
  'date(StartTime) eq 2025-10-14',
  'year(StartTime) eq 2025 and month(StartTime) eq 10 and day(StartTime) eq 14',
  'Answered',
  'Answered eq true and not (Answered eq false)',
  'Reason eq null',
  "Reason ne 'x'",
  "not contains(DestinationDisplayName,'zzz')",
  'CallId eq 1 or CallId eq 2 and CallId eq 3 or Answered',
  '(CallId eq 1 or Answered) and Answered',
  'not QualityReport eq null or true',
];

const FALSE = [
  'CallId eq 1',
  'Reason gt null',
  "contains(Reason,'x')",
  "not contains(Reason,'x')",
  'QualityReport',
  'not QualityReport',
  'null',
  'QualityReport or CallId eq 1',
];

const BAD = [
  '',
  ' ',
  'CallId',
  'CallId eq',
  'eq 1',
  'CallId = 1',
  "CallId eq '1'",
  'Nothing eq 1',
  'constructor eq 1',
  'toString()',
  "SourceCallerId eq 'open",
  '(CallId eq 1',
  'CallId eq 1)',
  'CallId eq 1 and',
  'StartTime ge yesterday',
  'StartTime ge 2025-13-01',
  'StartTime ge 2025-10-14T09:30:58',
  'date(CallId) eq 2025-10-14',
  "contains('a')",
  "matches(Reason,'a')",
  'not CallId',
  'Answered gt false',
  "TalkingDuration eq 'PT1M4S'",
  'CallId eq 1 CallId eq 1',
];

describe('a filter', () => {
  test.each(TRUE)('lets the row through: %s', text => expect(parseFilter(text, FIELDS)(ROW)).toBe(true));
  test.each(FALSE)('leaves the row out: %s', text => expect(parseFilter(text, FIELDS)(ROW)).toBe(false));
  test.each(BAD)('is refused: %s', text => expect(() => parseFilter(text, FIELDS)).toThrow(ODataError));

  test.each([
    ['parentheses', `${'('.repeat(100_000)}CallId eq 1`],
    ['many parentheses', `${'('.repeat(200)}CallId eq 1${')'.repeat(200)}`],
    ['not', `${'not '.repeat(1000)}Answered`],
    ['functions', `${'tolower('.repeat(100)}'a'${')'.repeat(100)} eq 'a'`],
    ['terms', Array.from({ length: 600 }, () => 'Answered').join(' or ')],
  ])('with too much of one thing is refused: %s', (_what, text) => {
    expect(() => parseFilter(text, FIELDS)).toThrow(ODataError);
  });

  test('whatever it is, it parses or is refused with an ODataError', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...TRUE,
        ...BAD,
        '(',
        ')',
        ',',
        "'",
        'not ',
        ' and ',
        ' or ',
        ' eq ',
        ' ge ',
        'null',
        '-',
      ),
      fc.constantFrom(...Object.keys(FIELDS), 'contains', 'date', '__proto__', 'hasOwnProperty'),
      fc.string({ unit: 'binary' }),
      fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
      fc.double().map(String),
    );
    const text = fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join(' '));
    fc.assert(
      fc.property(text, filter => {
        try {
          expect(typeof parseFilter(filter, FIELDS)(ROW)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(ODataError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a string literal finds exactly itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const filter = parseFilter(`SourceCallerId eq '${text.replaceAll("'", "''")}'`, FIELDS);
        expect(filter({ SourceCallerId: text })).toBe(true);
        expect(filter({ SourceCallerId: `${text}x` })).toBe(false);
      }),
    );
  });
});
