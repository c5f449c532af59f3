import * as z from 'zod';
import { AppError } from '../../../../shared/errors.ts';
import type { HistoryQuery } from '../../../core/ports.ts';
import { checkedQuery } from '../../http/checked-input.ts';

const LIMIT_MAX = 500;
const LIMIT_DEFAULT = 100;
const RANGE_DEFAULT_MS = 24 * 3_600_000;
const CURSOR_MAX_CHARS = 1000;
/** Years 1990 to 2100: beyond them a time is a mistake, often seconds for milliseconds. */
const TIME_MIN_MS = Date.UTC(1990);
const TIME_MAX_MS = Date.UTC(2100);
/** With a cursor and no range, the cursor's holds; the source knows these two as "not given". */
const UNSET_START_MS = 0;
const UNSET_END_MS = 8_640_000_000_000_000;
const EPOCH_MS = /^\d{12,13}$/;
const ISO = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

const time = z
  .string()
  .max(40)
  .refine(text => timeOf(text) !== null, {
    error: ({ input }) =>
      String(input).includes(' ')
        ? 'a "+" in an address means a space; write %2B'
        : 'must be ISO 8601 with a zone, as 2026-01-31T08:00:00Z or …+01:00, or milliseconds since 1970, between 1990 and 2100',
  });
const dn = z.string().regex(/^[\w.*#@-]{1,50}$/, 'must be a number of the phone system, as 101 or 900');

/** All texts, as they stand in the address; also what OpenAPI tells of them. */
export const historyParams = z.strictObject({
  start: time.optional().describe('From when, inclusive; default: 24 hours before end'),
  end: time.optional().describe('Until when, exclusive; default: now'),
  number: z
    .string()
    .regex(/^\+?[\d ().*#/-]{1,40}$/, 'must be a phone number')
    .optional()
    .describe('A number on either side: whole, or its last seven or more digits'),
  extension: dn.optional().describe('Calls that touched this extension'),
  queue: dn.optional().describe('Calls that went through this queue or ring group'),
  direction: z.enum(['inbound', 'outbound', 'internal']).optional(),
  answered: z.enum(['true', 'false']).optional().describe('Whether a person answered'),
  group: z.enum(['calls', 'legs']).default('calls').describe('One record a call, or one a leg'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${LIMIT_MAX}`)
    .refine(
      text => Number(text) >= 1 && Number(text) <= LIMIT_MAX,
      `must be a whole number from 1 to ${LIMIT_MAX}`,
    )
    .default(String(LIMIT_DEFAULT)),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX_CHARS)
    .optional()
    .describe('nextCursor of the page before, with the same filters'),
});

/** Unknown, repeated and malformed parameters are refused by name. */
export function parseHistoryParams(query: URLSearchParams, now: number): HistoryQuery {
  return historyQueryOf(checkedQuery(query, historyParams), now);
}

/** Of parameters that have passed `historyParams`. */
export function historyQueryOf(checked: unknown, now: number): HistoryQuery {
  const { start, end, answered, limit, number, ...others } = historyParams.parse(checked);
  const isWalk = others.cursor !== undefined;
  const until = timeOf(end) ?? (isWalk ? UNSET_END_MS : now);
  const from = timeOf(start) ?? (isWalk ? UNSET_START_MS : until - RANGE_DEFAULT_MS);
  if (from >= until) throw new AppError('E_BAD_REQUEST', { detail: 'start: must be before end.' });
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return {
    ...given,
    group: others.group,
    start: from,
    end: until,
    limit: Number(limit),
    ...(number !== undefined && { number: number.trim() }),
    ...(answered !== undefined && { answered: answered === 'true' }),
  };
}

function timeOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const day = ISO.exec(text)?.[1];
  const ms = EPOCH_MS.test(text)
    ? Number(text)
    : day === undefined || !isRealDay(day)
      ? Number.NaN
      : Date.parse(text);
  return ms >= TIME_MIN_MS && ms < TIME_MAX_MS ? ms : null;
}

/** JavaScript rolls 30 February over into March. */
function isRealDay(day: string): boolean {
  const midnight = Date.parse(day);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}
