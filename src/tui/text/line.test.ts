import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../shared/telling/cells.ts';
import { type Column, columnsFor, headLine, rowLine } from './columns.ts';
import { beside, chosen, drawn, fitted, type Line, widthOfLine } from './line.ts';
import { Look, type Tone } from './look.ts';
import { factLines, jsonLines } from './paragraph.ts';

const colored = new Look({ hasColor: true, isAscii: false });
const looks = fc.constantFrom(
  colored,
  colored.faded,
  new Look({ hasColor: false, isAscii: false }),
  new Look({ hasColor: true, isAscii: true }),
  new Look({ hasColor: false, isAscii: true }).faded,
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '漢字',
    'Müller',
    '\u001b[2J',
    '\u009b1m',
    '\u202e',
    '\r\n\t',
    '\ud83d',
    '\u{1f600}'.repeat(50),
  ),
);
const tone = fc.constantFrom<Tone>('strong', 'dim', 'good', 'warn', 'bad', 'accent', 'chosen');
const line: fc.Arbitrary<Line> = fc.array(fc.oneof(text, fc.tuple(tone, text)));
const width = fc.integer({ min: 0, max: 300 });

/** What we set things off with, and nothing else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how it is written
const SET_OFF = /\u001b\[(?:[127]|2[27]|3[1236]|39)m/g;
const CONTROL = /\p{Cc}|\p{Bidi_Control}/u;

describe('a line as the terminal gets it', () => {
  it('is never wider than it may be and steers nothing, whatever stands in it', () => {
    fc.assert(
      fc.property(line, width, looks, (one, room, look) => {
        const sent = drawn(one, room, look);
        const seen = sent.replaceAll(SET_OFF, '');
        expect(seen).not.toMatch(CONTROL);
        expect(widthOf(seen)).toBeLessThanOrEqual(room);
        if (!look.hasColor) expect(sent).toBe(seen);
        if (look.isAscii) expect(seen).toMatch(/^[ -~]*$/);
      }),
    );
  });

  it('sets off nothing beyond its end', () => {
    fc.assert(
      fc.property(line, width, (one, room) => {
        let open = 0;
        for (const [code] of drawn(one, room, colored).matchAll(SET_OFF))
          open += ['22m', '27m', '39m'].some(end => code.endsWith(`[${end}`)) ? -1 : 1;
        expect(open).toBe(0);
      }),
    );
  });

  it('takes the same room in plain letters', () => {
    const ascii = new Look({ hasColor: false, isAscii: true });
    expect(drawn(['Müller → 漢字 ', 'ßtraße… '], 40, ascii)).toBe('Muller > ???? strase~ ');
  });
});

it('fits exactly, also side by side and where the operator stands', () => {
  fc.assert(
    fc.property(line, line, width, (one, other, room) => {
      expect(widthOfLine(fitted(one, room))).toBe(room);
      const [row = []] = beside([one], [fitted(other, 10)], room);
      expect(widthOfLine(row)).toBe(room + 10);
      const [[how, under] = []] = [chosen(fitted(one, room), room)[0] as [Tone, string]];
      expect([how, widthOf(under ?? '')]).toEqual(['chosen', room]);
    }),
  );
});

it('gives columns what room there is, drops the least kept first, and lines rows up', () => {
  const column = fc.record({
    title: fc.string(),
    width: fc.integer({ min: 1, max: 30 }),
    keep: fc.integer({ min: 1, max: 9 }),
    grows: fc.boolean(),
    isRight: fc.boolean(),
    value: text,
  });
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 12 }), width, (made, room) => {
      const all = made.map(
        ({ grows, isRight, value, ...rest }): Column<null> => ({
          ...{ ...rest, cell: () => value },
          ...(grows && { grows: true as const }),
          ...(isRight && { isRight: true as const }),
        }),
      );
      const left = columnsFor(all, room);
      expect(left.length).toBeGreaterThan(0);
      const lowest = Math.min(...left.map(({ keep }) => keep));
      for (const { keep, title } of all)
        if (keep > lowest) expect(left.some(one => one.keep === keep && one.title === title)).toBe(true);
      const whole = left.reduce((sum, one) => sum + one.width, (left.length - 1) * 2);
      if (left.length > 1) expect(whole).toBeLessThanOrEqual(room);
      expect(widthOfLine(rowLine(left, null))).toBe(whole);
      expect(widthOfLine(headLine(left))).toBe(whole);
    }),
  );
});

it('shows documents and facts within the width', () => {
  fc.assert(
    fc.property(fc.jsonValue(), text, fc.integer({ min: 40, max: 200 }), (value, fact, room) => {
      const lines = [...jsonLines({ value }, room), ...factLines([['a name', fact]], room)];
      for (const one of lines) expect(widthOfLine(one)).toBeLessThanOrEqual(room);
    }),
    { numRuns: 50 },
  );
});
