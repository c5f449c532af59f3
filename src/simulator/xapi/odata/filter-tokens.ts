import { instantOf } from '../iso-text.ts';
import { ODataError } from '../xapi-fault.ts';

export type Token =
  | { kind: 'string'; value: string }
  | { kind: 'number' | 'instant'; value: number }
  | { kind: 'name'; value: string }
  | { kind: 'open' | 'close' | 'comma' | 'end' };

const FILTER_MAX_CHARS = 8192;

/** Tried in this order at each place: a date looks like a number at first. */
const PATTERNS = [
  ['space', /\s+/y],
  ['instant', /\d{4}-\d{2}-\d{2}(?:T[\d:.]*(?:Z|[+-]\d{2}:\d{2})?)?/y],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['string', /'(?:[^']|'')*'/y],
  ['name', /[A-Za-z_]\w*/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['comma', /,/y],
] as const;

type PatternKind = (typeof PATTERNS)[number][0];

export function filterTokens(text: string): Token[] {
  if (text.length > FILTER_MAX_CHARS) throw new ODataError('The $filter is too long.', '$filter');
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const [kind, lexeme] = lexemeAt(text, position);
    if (kind !== 'space') tokens.push(tokenOf(kind, lexeme, position));
    position += lexeme.length;
  }
  return [...tokens, { kind: 'end' }];
}

function lexemeAt(text: string, position: number): [PatternKind, string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const lexeme = pattern.exec(text)?.[0];
    if (lexeme !== undefined) return [kind, lexeme];
  }
  throw syntaxError(position);
}

function tokenOf(kind: Exclude<PatternKind, 'space'>, lexeme: string, position: number): Token {
  switch (kind) {
    case 'instant': {
      const value = instantOf(lexeme);
      if (value === null) throw syntaxError(position);
      return { kind, value };
    }
    case 'number':
      return { kind, value: Number(lexeme) };
    case 'string':
      return { kind, value: lexeme.slice(1, -1).replaceAll("''", "'") };
    case 'name':
      return { kind, value: lexeme };
    case 'open':
    case 'close':
    case 'comma':
      return { kind };
  }
}

function syntaxError(position: number): ODataError {
  return new ODataError(`Syntax error at position ${position} in the $filter.`, '$filter');
}
