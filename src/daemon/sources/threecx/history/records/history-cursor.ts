import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AppError } from '../../../../../shared/errors.ts';
import type { HistoryQuery } from '../../../../core/ports.ts';

/** Where a walk over pages stands. */
export interface HistoryCursor {
  /** Of the last record given. */
  startedKey: string;
  id: string;
  /** Calls only: legs that ended later did not exist when the walk began. */
  asOf: string | null;
}

const VERSION = 1;
const CURSOR_MAX_CHARS = 1000;
const CHECK_CHARS = 16;
/** As PostgreSQL or a report writes times; infinity is a time to the first. */
const TIME = /^(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,7})?(\+00|Z)|-?infinity)$/;
/** What no walk begins or ends with stands for "as the cursor has it": a client need not repeat its range. */
const UNSET_START_MS = 0;
const UNSET_END_MS = 8_640_000_000_000_000;
const time = z.string().regex(TIME);
const ms = z.number().int().min(UNSET_START_MS).max(UNSET_END_MS);
const cursorSchema = z.strictObject({
  version: z.literal(VERSION),
  check: z.string(),
  range: z.tuple([ms, ms]),
  key: z.tuple([time, z.string().min(1).max(100)]),
  asOf: time.nullable(),
});

interface Bound {
  query: HistoryQuery;
  /** Which rung made it: another one has other ids and other keys. */
  origin: string;
}

export function encodeCursor({ startedKey, id, asOf }: HistoryCursor, bound: Bound): string {
  const { start, end } = bound.query;
  const content: z.input<typeof cursorSchema> = {
    version: VERSION,
    check: checkOf(bound),
    range: [start, end],
    key: [startedKey, id],
    asOf,
  };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** The query as its walk began, and where the walk stands. */
export function resume({ query, origin }: Bound): { query: HistoryQuery; after: HistoryCursor | null } {
  const { cursor, start, end } = query;
  if (cursor === undefined) return { query, after: null };
  const decoded = cursorSchema.safeParse(cursor.length > CURSOR_MAX_CHARS ? null : jsonOf(cursor));
  if (!decoded.success)
    throw new AppError('E_BAD_REQUEST', { detail: 'cursor: this is none of ours. Begin without one.' });
  const { check, range, key, asOf } = decoded.data;
  const isSameRange =
    (start === range[0] || start === UNSET_START_MS) && (end === range[1] || end === UNSET_END_MS);
  if (check !== checkOf({ query, origin }) || !isSameRange) {
    const detail =
      'cursor: it belongs to other filters, or the history came from elsewhere then. Give the same parameters again, or ' +
      'begin without a cursor.';
    throw new AppError('E_BAD_REQUEST', { detail });
  }
  return {
    query: { ...query, start: range[0], end: range[1] },
    after: { startedKey: key[0], id: key[1], asOf },
  };
}

/** Of all that decides which records there are, but for the range, and in what order; a page's size may change on the way. */
function checkOf({ query, origin }: Bound): string {
  const { number, extension, queue, direction, answered, group, onlyDns } = query;
  const filters = JSON.stringify([
    origin,
    number,
    extension,
    queue,
    direction,
    answered,
    group,
    onlyDns?.toSorted(),
  ]);
  return createHash('sha256').update(filters).digest('base64url').slice(0, CHECK_CHARS);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
