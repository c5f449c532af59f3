import type { HistoryQuery } from '../../../../core/ports.ts';
import { directionOf } from './call-summary.ts';
import type { End, Leg } from './leg.ts';
import { comparableNumber, isSameNumber, NUMBER_TAIL_DIGITS } from './phone-number.ts';
import type { RecordTable } from './record-layout.ts';
import { answeredSql, directionSql, QUEUE_TYPES } from './record-row.ts';

/** Parameters only: no value ever becomes part of an SQL text. */
export class Values {
  readonly list: unknown[] = [];

  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }

  time(ms: number): string {
    return this.key(new Date(ms).toISOString());
  }

  /** A time as exact as the server told it. */
  key(text: string): string {
    return `${this.add(text)}::timestamptz`;
  }
}

/** Who must have taken part; of a call, in one of its legs. Each rule stands here twice: in SQL and in `matches`. */
export function touchFilters(table: RecordTable, query: HistoryQuery, values: Values): string[] {
  const { column } = table;
  const either = (test: string): string => `(${column.sourceDn} ${test} OR ${column.destinationDn} ${test})`;
  const filters: string[] = [];
  if (query.number !== undefined) filters.push(numberFilter(table, query.number, values));
  if (query.extension !== undefined) filters.push(either(`= ${values.add(query.extension)}`));
  if (query.onlyDns !== undefined) filters.push(either(`= ANY(${values.add(query.onlyDns)}::text[])`));
  if (query.queue !== undefined) {
    const isQueue = `${column.destinationType} = ANY(${values.add(QUEUE_TYPES)}::text[])`;
    filters.push(`(${column.destinationDn} = ${values.add(query.queue)} AND ${isQueue})`);
  }
  return filters.map(filter => `coalesce(${filter}, false)`);
}

/** What a single leg must be like besides. */
export function legFilters(
  table: RecordTable,
  { direction, answered }: HistoryQuery,
  values: Values,
): string[] {
  const filters: string[] = [];
  if (direction !== undefined) filters.push(`${directionSql(table)} = ${values.add(direction)}`);
  if (answered !== undefined) filters.push(`${answeredSql(table)} = ${values.add(answered)}`);
  return filters;
}

/** What a call must be like, over the group of its legs: the direction is that of the legs that began first. */
export function callFilters(table: RecordTable, query: HistoryQuery, values: Values): string[] {
  const { direction, answered } = query;
  const filters: string[] = [];
  const first = `min(${table.column.startedAt})`;
  const began = (of: string): string => `${first} FILTER (WHERE ${directionSql(table)} = '${of}')`;
  if (direction !== undefined) filters.push(`${began(direction)} IS NOT DISTINCT FROM ${first}`);
  if (direction === 'outbound' || direction === 'internal')
    filters.push(`${began('inbound')} IS DISTINCT FROM ${first}`);
  if (direction === 'internal') filters.push(`${began('outbound')} IS DISTINCT FROM ${first}`);
  if (answered !== undefined) filters.push(`bool_or(${answeredSql(table)}) = ${values.add(answered)}`);
  return filters;
}

/** The same rules on a call, or on a single leg, that was read already. */
export function matches(legs: readonly Leg[], query: HistoryQuery): boolean {
  const { number, extension, queue, direction, answered, onlyDns } = query;
  const has = (test: (end: End) => boolean): boolean =>
    legs.some(leg => test(leg.source) || test(leg.destination));
  if (number !== undefined && !has(end => end.dn === number || isSameNumber(end.number, number)))
    return false;
  if (extension !== undefined && !has(end => end.dn === extension)) return false;
  if (onlyDns !== undefined && !has(end => onlyDns.includes(end.dn))) return false;
  // Where the source does not tell what is a queue: a number belongs to one thing only.
  if (
    queue !== undefined &&
    !legs.some(leg => leg.destination.dn === queue && (leg.queue ?? queue) === queue)
  )
    return false;
  if (direction !== undefined && directionOf(legs) !== direction) return false;
  return answered === undefined || legs.some(leg => leg.answeredAt !== null) === answered;
}

function numberFilter({ column }: RecordTable, number: string, values: Values): string {
  const digits = comparableNumber(number);
  const dn = values.add(number);
  const tests = [`${column.sourceDn} = ${dn}`, `${column.destinationDn} = ${dn}`];
  if (digits !== '') {
    const wanted = values.add(digits);
    for (const field of [column.sourceNumber, column.destinationNumber]) {
      const bare = `translate(${field}, '+ -()./', '')`;
      tests.push(
        digits.length < NUMBER_TAIL_DIGITS
          ? `${bare} = ${wanted}`
          : `right(${bare}, ${digits.length}) = ${wanted}`,
      );
    }
  }
  return tests.join(' OR ');
}
