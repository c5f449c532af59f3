import { instantOf } from '../iso-text.ts';
import { badArgument } from '../xapi-fault.ts';

export type ArgumentType = 'idKey' | 'numberKey' | 'string' | 'integer' | 'boolean' | 'date';

/** Names mean the same in every path, so one table tells how each is read. */
export const ARGUMENT_TYPES: Readonly<Record<string, ArgumentType>> = {
  Id: 'idKey',
  Number: 'numberKey',
  periodFrom: 'date',
  periodTo: 'date',
  sourceType: 'integer',
  sourceFilter: 'string',
  destinationType: 'integer',
  destinationFilter: 'string',
  callsType: 'integer',
  callTimeFilterType: 'integer',
  callTimeFilterFrom: 'string',
  callTimeFilterTo: 'string',
  hidePcalls: 'boolean',
  clientTimeZone: 'string',
  startDt: 'date',
  endDt: 'date',
  queueDnStr: 'string',
  agentDnStr: 'string',
};

const PATH_MAX_CHARS = 4096;
const INTEGER = /^-?\d{1,10}$/;
const QUOTED = /^'((?:[^']|'')*)'$/;

export interface PathSegment {
  name: string;
  /** Null for a name without parentheses. */
  arguments: Map<string, string> | null;
}

/** The arguments of a path that matched, read on demand. Asking for one the path has not is our own mistake. */
export class PathArguments {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  /** Throws what the PBX answers when an argument is not of its type. */
  check(): void {
    for (const [name, text] of this.#texts) {
      if (!isOfType(text, ARGUMENT_TYPES[name] ?? 'string')) throw badArgument(name);
    }
  }

  text(name: string): string {
    return (QUOTED.exec(this.#of(name))?.[1] ?? '').replaceAll("''", "'");
  }

  integer(name: string): number {
    return Number(this.#of(name));
  }

  isTrue(name: string): boolean {
    return this.#of(name) === 'true';
  }

  instant(name: string): number {
    return instantOf(this.#of(name)) ?? Number.NaN;
  }

  #of(name: string): string {
    const text = this.#texts.get(name);
    if (text === undefined) throw new Error(`The path of this route has no argument ${name}`);
    return text;
  }
}

/** Null for what can be no path of ours: too long, or percent signs that decode to nothing. */
export function parsePath(path: string): PathSegment[] | null {
  if (path.length > PATH_MAX_CHARS) return null;
  const text = decoded(path);
  if (!text?.startsWith('/')) return null;
  return splitOutsideQuotes(text.slice(1), '/').map(segmentOf);
}

/** Null when the path is another's: other names, arguments missing or unknown, or a key of the wrong type. */
export function matchPath(template: string, given: readonly PathSegment[]): PathArguments | null {
  const wanted = parsePath(template);
  if (wanted?.length !== given.length) return null;
  const texts = new Map<string, string>();
  for (const [index, segment] of wanted.entries()) {
    const other = given[index];
    if (!other || other.name !== segment.name || !takeArguments(segment, other, texts)) return null;
  }
  return new PathArguments(texts);
}

export function argumentNames(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '');
}

function takeArguments(wanted: PathSegment, given: PathSegment, texts: Map<string, string>): boolean {
  if (wanted.arguments === null || given.arguments === null) return wanted.arguments === given.arguments;
  if (wanted.arguments.size !== given.arguments.size) return false;
  for (const [name, placeholder] of wanted.arguments) {
    const key = placeholder.slice(1, -1);
    // A single key may come with its name or without: Users(12) is Users(Id=12).
    const text = given.arguments.get(name) ?? (name === '' ? given.arguments.get(key) : undefined);
    if (text === undefined) return false;
    const type = ARGUMENT_TYPES[key] ?? 'string';
    if (type.endsWith('Key') && !isOfType(text, type)) return false;
    texts.set(key, text);
  }
  return true;
}

function segmentOf(text: string): PathSegment {
  const open = text.indexOf('(');
  if (open < 0 || !text.endsWith(')')) return { name: text, arguments: null };
  const inside = text.slice(open + 1, -1);
  const pairs = inside.trim() === '' ? [] : splitOutsideQuotes(inside, ',').map(pairOf);
  return { name: text.slice(0, open), arguments: new Map(pairs) };
}

function pairOf(text: string): [name: string, value: string] {
  const match = /^\s*(\w+)\s*=(.*)$/s.exec(text);
  return match ? [match[1] ?? '', (match[2] ?? '').trim()] : ['', text.trim()];
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const pieces = [''];
  let isQuoted = false;
  for (const char of text) {
    if (char === "'") isQuoted = !isQuoted;
    if (char === separator && !isQuoted) pieces.push('');
    else pieces[pieces.length - 1] += char;
  }
  return pieces;
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

function isOfType(text: string, type: ArgumentType): boolean {
  switch (type) {
    case 'idKey':
    case 'integer':
      return INTEGER.test(text);
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'date':
      return instantOf(text) !== null;
    case 'numberKey':
    case 'string':
      return QUOTED.test(text);
  }
}
