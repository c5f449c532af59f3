import { maskNumber } from '../masks.ts';

/** Fields in which numbers stand, ours and those of 3CX; never ids, times or places in the log. */
const HOLDS_NUMBERS =
  /number|call(er|ee|ed)|name|did|dn|phone|party|display|dial|from|uri|device|record|^to$/i;
/** Inside a longer text, such as an address or the name of a file. */
const NUMBER_INSIDE = /\+?\d[\d ()/-]{4,}\d/g;

/** Sentences: what has gaps may be a time. */
const SAYS_WHY = /reason/i;
const NUMBER_IN_SENTENCE = /\+?\d{6,}/g;

/** The same document, with phone numbers as `***123`. */
export function withoutNumbers<Value>(value: Value): Value {
  return mapTexts(value, (text, field) => {
    if (SAYS_WHY.test(field)) return text.replaceAll(NUMBER_IN_SENTENCE, maskNumber);
    return HOLDS_NUMBERS.test(field) ? maskNumber(text).replaceAll(NUMBER_INSIDE, maskNumber) : text;
  });
}

/** At debug and below the daemon writes whole numbers, as they came from the phone system. */
const LONG_NUMBER = /(?<![\w.:-])\+?\d{7,15}(?![\w.:-])/g;

/** A line of the daemon's log in which numbers may stand anywhere. */
export function withoutLogNumbers<Line extends { message: string; fields: Record<string, unknown> }>(
  line: Line,
): Line {
  const masked = (text: string): string => text.replaceAll(LONG_NUMBER, maskNumber);
  return { ...line, message: masked(line.message), fields: mapTexts(line.fields, masked) };
}

/** Every text in a document made another, by the name of its field. */
function mapTexts<Value>(value: Value, change: (text: string, field: string) => string): Value {
  const mapped = (one: unknown, field: string): unknown => {
    if (typeof one === 'string') return change(one, field);
    if (Array.isArray(one)) return one.map(each => mapped(each, field));
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, mapped(each, name)]));
  };
  // Only texts become other texts.
  return mapped(value, '') as Value;
}
