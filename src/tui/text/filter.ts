import { parseDurationMs } from '../../shared/duration.ts';

/** What the words of a filter are held against, by the names that the command line gives them. */
export interface Fields<Row> {
  /** `name:value`; the answer is what stands there, or all that does. */
  words: Record<string, (row: Row) => string | number | null | readonly string[]>;
  /** From the least to the worst: these names can be compared with `>=`. */
  order?: Record<string, readonly string[]>;
  /** For `since:10m`. */
  time?: (row: Row) => number | null;
  /** For words without a name. */
  text(row: Row): string;
}

export interface Filter<Row> {
  fits(row: Row): boolean;
  /** Why it is not understood; nothing is left out then. */
  fault: string | null;
}

type Test<Row> = (row: Row) => boolean;

const SPLIT = /(?:[^\s"]|"[^"]*(?:"|$))+/g;
const PARTS = /^(?<not>[-!]?)(?:--)?(?:(?<name>[a-z]+)(?<how>:|=|>=|<=))?(?<value>.*)$/i;

/**
 * `severity:error component:xapi -"token" since:10m`: all must fit. `--severity error`, as on the command line, is
 * understood as well.
 */
export function filterOf<Row>(text: string, fields: Fields<Row>, now: () => number): Filter<Row> {
  const tests: Test<Row>[] = [];
  const words = asOneWord(text.match(SPLIT) ?? []);
  for (const word of words) {
    const test = testOf(word, fields, now);
    if (typeof test === 'string') return { fits: () => true, fault: test };
    tests.push(test);
  }
  return { fits: row => tests.every(test => test(row)), fault: null };
}

/** `--severity error` is one. */
function asOneWord(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let place = 0; place < words.length; place++) {
    const word = words[place] ?? '';
    const next = words[place + 1];
    if (/^--[a-z]+$/i.test(word) && next !== undefined) {
      joined.push(`${word.slice(2)}:${next}`);
      place += 1;
    } else joined.push(word);
  }
  return joined;
}

function testOf<Row>(word: string, fields: Fields<Row>, now: () => number): Test<Row> | string {
  const { not = '', name, how = '', value: quoted = '' } = PARTS.exec(word)?.groups ?? {};
  const value = quoted.replaceAll('"', '').toLowerCase();
  const test = name === undefined ? anywhere(value, fields) : named({ name, how, value, word }, fields, now);
  if (typeof test === 'string' || not === '') return test;
  return row => !test(row);
}

function anywhere<Row>(value: string, { text }: Fields<Row>): Test<Row> {
  return row => text(row).toLowerCase().includes(value);
}

interface Named {
  name: string;
  how: string;
  value: string;
  word: string;
}

function named<Row>(
  { name: typed, how, value, word }: Named,
  fields: Fields<Row>,
  now: () => number,
): Test<Row> | string {
  const { words, order = {}, time } = fields;
  const names = [...Object.keys(words), ...(time ? ['since'] : [])];
  const name = names.find(one => one === typed.toLowerCase()) ?? onlyOne(names, typed.toLowerCase());
  // A time such as 10:15, or an address: what has no name of ours before the colon is text.
  if (name === undefined) return /^[a-z]+$/i.test(typed) ? unknown(typed, names) : anywhere(word, fields);
  if (name === 'since' && time) return sinceTest(value, time, now);
  const read = words[name];
  if (!read || value === '') return `${name}: of what?`;
  const scale = order[name];
  if (how === '>=' || how === '<=') return comparing({ name, how, value }, { read, scale });
  if (scale && !scale.some(step => step.startsWith(value))) return `${name} is one of ${scale.join(', ')}`;
  return row => allOf(read(row)).some(one => fitsValue(one, value));
}

function onlyOne(names: readonly string[], typed: string): string | undefined {
  const fitting = names.filter(name => name.startsWith(typed));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function unknown(typed: string, names: readonly string[]): string {
  return `${typed}: is no word here; there are ${names.map(name => `${name}:`).join(' ')}`;
}

function sinceTest<Row>(
  value: string,
  time: (row: Row) => number | null,
  now: () => number,
): Test<Row> | string {
  const ms = parseDurationMs(value);
  const moment = Date.parse(value);
  if (ms === null && Number.isNaN(moment)) return 'since: how long ago, such as 10m or 2h, or a time';
  return row => (time(row) ?? 0) >= (ms === null ? moment : now() - ms);
}

interface Comparison<Row> {
  read: (row: Row) => string | number | null | readonly string[];
  scale: readonly string[] | undefined;
}

function comparing<Row>(
  { name, how, value }: Pick<Named, 'name' | 'how' | 'value'>,
  { read, scale }: Comparison<Row>,
): Test<Row> | string {
  const rank = (one: string): number =>
    scale ? scale.findIndex(step => step === one || (one.length > 2 && step.startsWith(one))) : Number(one);
  const limit = rank(value);
  if (Number.isNaN(limit) || (scale && limit < 0)) {
    return scale ? `${name} is one of ${scale.join(', ')}` : `${name}${how} needs a number`;
  }
  return row => allOf(read(row)).some(one => (how === '>=' ? rank(one) >= limit : rank(one) <= limit));
}

function allOf(value: string | number | null | readonly string[]): string[] {
  if (value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(one => String(one).toLowerCase());
}

/** Words fit by their beginning, numbers as a whole: `dn:10` is not 101. */
function fitsValue(one: string, value: string): boolean {
  return /^\d+$/.test(value) ? one === value : one.startsWith(value);
}
