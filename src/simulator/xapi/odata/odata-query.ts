import type { EntityFields, Row } from '../entities.ts';
import { ODataError } from '../xapi-fault.ts';
import { order, property } from './expression.ts';
import { parseFilter } from './odata-filter.ts';

export interface ODataOptions {
  top: number | null;
  skip: number;
  isCounted: boolean;
  filter: ((row: Row) => boolean) | null;
  orderBy: ((a: Row, b: Row) => number) | null;
  select: string[] | null;
  expand: string[];
  search: string[];
}

interface Page {
  rows: Row[];
  /** How many rows there are without $top and $skip. */
  count: number;
}

type ReadOption = (options: ODataOptions, text: string, fields: EntityFields) => void;

const NUMBER = /^\d{1,9}$/;

const READ: Readonly<Record<string, ReadOption>> = {
  $top: (options, text) => {
    options.top = number('$top', text);
  },
  $skip: (options, text) => {
    options.skip = number('$skip', text);
  },
  $count: (options, text) => {
    if (text !== 'true' && text !== 'false') throw new ODataError(`'${text}' is no boolean.`, '$count');
    options.isCounted = text === 'true';
  },
  $filter: (options, text, fields) => {
    options.filter = parseFilter(text, fields);
  },
  $orderby: (options, text, fields) => {
    options.orderBy = parseOrderBy(text, fields);
  },
  $select: (options, text, fields) => {
    const names = list(text);
    for (const name of names) if (name !== '*') requireField('$select', name, fields);
    options.select = names.includes('*') ? null : names;
  },
  $expand: (options, text, fields) => {
    options.expand = list(text);
    for (const name of options.expand) requireField('$expand', name, fields, 'Navigation');
  },
  $search: (options, text) => {
    const words = text.toLowerCase().match(/"[^"]*"|\S+/g) ?? [];
    options.search = words.map(word => word.replaceAll('"', ''));
  },
};

/** Options without a dollar sign are the client's own affair and are passed over. */
export function parseQuery(query: URLSearchParams, fields: EntityFields): ODataOptions {
  const options: ODataOptions = {
    top: null,
    skip: 0,
    isCounted: false,
    filter: null,
    orderBy: null,
    select: null,
    expand: [],
    search: [],
  };
  for (const name of new Set(query.keys())) {
    if (!name.startsWith('$')) continue;
    const [text = '', ...others] = query.getAll(name);
    const read = Object.hasOwn(READ, name) ? READ[name] : undefined;
    if (!read) throw new ODataError(`The query parameter '${name}' is not supported.`, name);
    if (others.length > 0) throw new ODataError(`Query option '${name}' was specified more than once.`, name);
    read(options, text, fields);
  }
  return options;
}

export function applyQuery(rows: readonly Row[], options: ODataOptions, fields: EntityFields): Page {
  const { filter, orderBy, search, skip, top } = options;
  let found = filter ? rows.filter(filter) : [...rows];
  if (search.length > 0) found = found.filter(row => search.every(word => contains(row, word)));
  if (orderBy) found = found.toSorted(orderBy);
  const page = found.slice(skip, top === null ? undefined : skip + top);
  return { rows: page.map(row => shape(row, options, fields)), count: found.length };
}

/** Leaves out what was not selected, and navigation properties that were not asked for. */
export function shape(row: Row, { select, expand }: ODataOptions, fields: EntityFields): Row {
  const isShown = (name: string) => {
    if (fields[name] === 'Navigation') return expand.includes(name);
    return select === null || select.includes(name);
  };
  return Object.fromEntries(Object.entries(row).filter(([name]) => isShown(name)));
}

/** What `@odata.context` carries behind the name: `(Id,Number)`, `(Members())`, or nothing. */
export function contextSuffix({ select, expand }: ODataOptions): string {
  const parts = [...(select ?? []), ...expand.map(name => `${name}()`)];
  return parts.length === 0 ? '' : `(${parts.join(',')})`;
}

function parseOrderBy(text: string, fields: EntityFields): (a: Row, b: Row) => number {
  const keys = text.split(',').map(item => {
    const [name = '', direction = 'asc', ...rest] = item.trim().split(/\s+/);
    if (rest.length > 0 || (direction !== 'asc' && direction !== 'desc')) {
      throw new ODataError(`Syntax error in '${item}'.`, '$orderby');
    }
    return { read: property(fields, name).read, sign: direction === 'desc' ? -1 : 1 };
  });
  return (a, b) => {
    for (const { read, sign } of keys) {
      const difference = order(read(a), read(b));
      if (difference !== 0) return difference * sign;
    }
    return 0;
  };
}

function list(text: string): string[] {
  return text.split(',').map(name => name.trim());
}

function requireField(option: string, name: string, fields: EntityFields, type?: 'Navigation'): void {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field && (type === undefined || field === type)) return;
  throw new ODataError(`Could not find a property named '${name}'.`, option);
}

function number(option: string, text: string): number {
  if (NUMBER.test(text)) return Number(text);
  throw new ODataError(`Invalid value '${text}' for ${option} query option found.`, option);
}

function contains(row: Row, word: string): boolean {
  return Object.values(row).some(value => typeof value === 'string' && value.toLowerCase().includes(word));
}
