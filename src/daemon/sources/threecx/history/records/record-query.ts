import type { HistoryQuery } from '../../../../core/ports.ts';
import type { Statement } from '../database/statement.ts';
import { MOMENT_REACH_MS, type Moment } from '../record-source.ts';
import type { HistoryCursor } from './history-cursor.ts';
import { callFilters, legFilters, touchFilters, Values } from './record-filters.ts';
import type { RecordTable } from './record-layout.ts';
import { recordColumns } from './record-row.ts';

/**
 * Legs that begin longer than this after their call are not looked for by a range; `one` finds them all. It keeps the
 * question near the range, which matters where the table has an index on time.
 */
const CALL_SPAN = `interval '24 hours'`;
/** Of one call. Beyond it the rest is left out: 3CX was seen to write fifty. */
const LEGS_PER_CALL_MAX = 1000;

export interface PageQuestion {
  query: HistoryQuery;
  after: HistoryCursor | null;
  /** Null for all there are. */
  limit: number | null;
}

/** Legs newest first by (start, id): neither changes once a row is there, so a walk repeats and skips nothing. */
export function legsStatement(table: RecordTable, { query, after, limit }: PageQuestion): Statement {
  const { startedAt, id } = table.column;
  const values = new Values();
  const conditions = [
    `${startedAt} >= ${values.time(query.start)}`,
    `${startedAt} < ${values.time(query.end)}`,
    ...touchFilters(table, query, values),
    ...legFilters(table, query, values),
  ];
  if (after) {
    const key = values.key(after.startedKey);
    conditions.push(
      `${startedAt} <= ${key}`,
      `(${startedAt}, ${id}) < (${key}, ${values.add(after.id)}::${table.type.id})`,
    );
  }
  const order = `ORDER BY ${startedAt} DESC, ${id} DESC`;
  const wanted = `FROM ${table.from} r WHERE ${conditions.join('\n AND ')}\n${order}${limitOf(limit, values)}`;
  if (limit === null || table.place === null)
    return { text: `SELECT ${recordColumns(table)} ${wanted}`, values: values.list };
  // Without an index the server sorts all that fits: places and keys in half the time of whole rows.
  const text = `SELECT ${recordColumns(table)} FROM ${table.from} r
WHERE ${table.place} = ANY(ARRAY(SELECT ${table.place} ${wanted})) ${order}`;
  return { text, values: values.list };
}

/**
 * The newest legs of the range, whatever they are like: (call id, start, newest end of all). A page of calls without
 * filters on who took part is found among them without looking at the rest.
 */
export function headsStatement(table: RecordTable, { query, after, limit }: PageQuestion): Statement {
  const { startedAt, callId } = table.column;
  const values = new Values();
  const window = windowOf(table, { query, after, limit }, values);
  const text = `SELECT ${callId}::text, ${startedAt}, ${window.newestEnd} FROM ${table.from} r
WHERE ${startedAt} >= ${window.start} AND ${startedAt} <= ${window.upper} AND ${window.existed}
ORDER BY ${startedAt} DESC${limitOf(limit, values)}`;
  return { text, values: values.list };
}

/** The newest calls that pass the filters, by (start of the first leg, call id): (call id, start, newest end of all). */
export function foundCallsStatement(table: RecordTable, question: PageQuestion): Statement {
  const { startedAt, callId } = table.column;
  const { query, after, limit } = question;
  const values = new Values();
  const window = windowOf(table, question, values);
  const near = `${startedAt} >= ${window.start} AND ${startedAt} <= ${window.upper} + ${CALL_SPAN} AND ${window.existed}`;
  // Any one of the filters leaves few calls to be put together; the group then has to pass all.
  const touches = touchFilters(table, query, values);
  const [touch = 'true'] = touches;
  const key = after
    ? ` AND (call_started, call_id) < (${window.upper}, ${values.add(after.id)}::${table.type.callId})`
    : '';
  const text = `SELECT call_id::text, call_started, ${window.newestEnd} FROM (
 SELECT ${callId} AS call_id, min(${startedAt}) AS call_started FROM ${table.from} r
 WHERE ${near} AND ${callId} IN (SELECT ${callId} FROM ${table.from} r WHERE ${near} AND ${touch})
 GROUP BY 1 HAVING ${[...touches.map(each => `bool_or(${each})`), ...callFilters(table, query, values)].join('\n AND ')}
) found WHERE call_started < ${values.time(query.end)}${key}
ORDER BY call_started DESC, call_id DESC${limitOf(limit, values)}`;
  return { text, values: values.list };
}

/** All legs of these calls, in the order each went. */
export function callLegsStatement(
  table: RecordTable,
  { query, after, limit }: PageQuestion,
  callIds: string[],
): Statement {
  const { startedAt, callId, id } = table.column;
  const values = new Values();
  const window = windowOf(table, { query, after, limit }, values);
  const text = `SELECT ${recordColumns(table)} FROM ${table.from} r
WHERE ${callId} = ANY(${values.add(callIds)}::${table.type.callId}[])
 AND ${startedAt} >= ${window.start} - ${CALL_SPAN} AND ${startedAt} <= ${window.upper} + ${CALL_SPAN} AND ${window.existed}
ORDER BY ${callId}, ${startedAt}, ${id}${limitOf(limit, values)}`;
  return { text, values: values.list };
}

/** All calls of the range with all their legs, newest call first, each call's legs in the order it went. */
export function allCallsStatement(table: RecordTable, query: HistoryQuery): Statement {
  const { startedAt, callId, id } = table.column;
  const values = new Values();
  const start = values.time(query.start);
  const end = values.time(query.end);
  const touches = touchFilters(table, query, values).map(touch => `bool_or(${touch})`);
  const having = [`min(${startedAt}) < ${end}`, ...touches, ...callFilters(table, query, values)];
  const text = `SELECT ${recordColumns(table)} FROM (
 SELECT ${callId} AS call_id, min(${startedAt}) AS call_started FROM ${table.from} r
 WHERE ${startedAt} >= ${start} AND ${startedAt} <= ${end} + ${CALL_SPAN}
 GROUP BY 1 HAVING ${having.join('\n AND ')}
) found JOIN ${table.from} r ON ${callId} = found.call_id
WHERE ${startedAt} >= ${start} - ${CALL_SPAN} AND ${startedAt} <= ${end} + ${CALL_SPAN}
ORDER BY found.call_started DESC, found.call_id DESC, ${startedAt}, ${id}`;
  return { text, values: values.list };
}

/** All legs of the calls that have a leg of one of the numbers begun at its moment, in the order each call went. */
export function aroundStatement(
  table: RecordTable,
  { moments, limit }: { moments: readonly Moment[]; limit: number },
): Statement {
  const { startedAt, callId, id, sourceDn, destinationDn } = table.column;
  const values = new Values();
  const times = moments.map(({ at }) => at);
  // The newest rows first of all, so that a long past costs one comparison a row, or none where there is an index.
  const from = values.time(Math.min(...times) - MOMENT_REACH_MS);
  const to = values.time(Math.max(...times) + MOMENT_REACH_MS);
  const each = moments.map(({ dn, at }) => {
    const number = values.add(dn);
    const near = `${startedAt} BETWEEN ${values.time(at - MOMENT_REACH_MS)} AND ${values.time(at + MOMENT_REACH_MS)}`;
    return `(${near} AND (${sourceDn} = ${number} OR ${destinationDn} = ${number}))`;
  });
  const text = `SELECT ${recordColumns(table)} FROM ${table.from} r
WHERE ${startedAt} >= ${from} - ${CALL_SPAN} AND ${callId} IN (
 SELECT ${callId} FROM ${table.from} r WHERE ${startedAt} >= ${from} AND ${startedAt} <= ${to}
 AND (${each.join('\n OR ')}))
ORDER BY ${callId}, ${startedAt}, ${id}${limitOf(limit, values)}`;
  return { text, values: values.list };
}

/** All legs of one call, whenever they were. */
export function oneStatement(table: RecordTable, callId: string): Statement {
  const { column } = table;
  const text = `SELECT ${recordColumns(table)} FROM ${table.from} r WHERE ${column.callId} = $1::${table.type.callId}
ORDER BY ${column.startedAt}, ${column.id} LIMIT ${LEGS_PER_CALL_MAX}`;
  return { text, values: [callId] };
}

/**
 * The rows that a page of calls is made of.
 *
 * 3CX: a row lands when its leg ENDS. So a call's first leg may land after its later ones: then the call moves back in
 * time, and a walk that has given it already would give it again. Hence `existed`: the first page notes the newest end
 * there is (`newestEnd`), and the walk looks at legs that had ended by then and at no others. So it shows each call that
 * existed when it began, as it was then, once. Rows of open legs (3CX: never seen, but not excluded) always count.
 */
function windowOf(
  table: RecordTable,
  { query, after }: PageQuestion,
  values: Values,
): Record<'start' | 'upper' | 'existed' | 'newestEnd', string> {
  const { startedAt, endedAt } = table.column;
  const start = values.time(query.start);
  const upper = after ? values.key(after.startedKey) : values.time(query.end);
  const asOf = after?.asOf == null ? null : values.key(after.asOf);
  return {
    start,
    upper,
    existed: asOf === null ? 'true' : `(${endedAt} <= ${asOf} OR ${endedAt} IS NULL)`,
    newestEnd: after
      ? 'NULL'
      : `(SELECT max(${endedAt}) FROM ${table.from} r WHERE ${startedAt} >= ${start} - ${CALL_SPAN} AND ${startedAt} <= ${upper} + ${CALL_SPAN})`,
  };
}

function limitOf(limit: number | null, values: Values): string {
  return limit === null ? '' : `\nLIMIT ${values.add(limit)}`;
}
