import { AppError } from '../../../../../shared/errors.ts';
import type { HistoryQuery } from '../../../../core/ports.ts';
import type { Statement, TextRow } from '../database/statement.ts';
import type { HistoryCursor } from './history-cursor.ts';
import type { Leg } from './leg.ts';
import { matches } from './record-filters.ts';
import type { RecordTable } from './record-layout.ts';
import { callLegsStatement, foundCallsStatement, headsStatement } from './record-query.ts';
import { legOf } from './record-row.ts';

/** A call with all its legs, in the order it went. */
export interface WholeCall {
  id: string;
  startedKey: string;
  legs: Leg[];
}

export interface CallsFound {
  calls: WholeCall[];
  /** Null at the end. */
  next: HistoryCursor | null;
}

interface Finding {
  ask: (statement: Statement) => Promise<TextRow[]>;
  table: RecordTable;
  query: HistoryQuery;
  after: HistoryCursor | null;
}

/** Legs of one page. Calls that are no longer whole at the limit are left to the next page. */
const PAGE_ROWS_MAX = 20_000;
/** Heads looked at for each call wanted; one call has two to three legs on average. */
const HEADS_PER_CALL = 4;
const HEADS_LEAST = 400;
const HEADS_GROWTH = 4;
const HEADS_MAX = 6400;
/** After so many looks a page is given even if it is not full: its cursor goes on from there. */
const ROUNDS_MAX = 3;
/** After every id: a cursor with it means "all that began at this moment, or before". */
const AFTER_ALL_IDS = '~';

/** Calls whose first leg began in the range, newest first, always whole. */
export async function pageOfCalls(finding: Finding): Promise<CallsFound> {
  const { number, extension, queue, onlyDns } = finding.query;
  const isNarrow = [number, extension, queue, onlyDns].some(filter => filter !== undefined);
  return isNarrow ? byFilters(finding) : byHeads(finding);
}

/** Who took part is asked of the server; it puts together only the calls where somebody did. */
async function byFilters({ ask, table, query, after }: Finding): Promise<CallsFound> {
  const rows = await ask(foundCallsStatement(table, { query, after, limit: query.limit + 1 }));
  const given = rows
    .slice(0, query.limit)
    .map(([id, startedKey]) => ({ id: id ?? '', startedKey: startedKey ?? '' }));
  const asOf = after ? after.asOf : (rows[0]?.[2] ?? null);
  const legs = await legsOf(
    { ask, table, query, after: continued(after, query, asOf) },
    given.map(({ id }) => id),
  );
  const calls = given.flatMap(({ id, startedKey }) => {
    const all = legs.get(id);
    return all && isInRange(all, query) ? [{ id, startedKey, legs: all }] : [];
  });
  const last = rows.length > given.length ? given.at(-1) : undefined;
  return { calls, next: last ? { ...last, asOf } : null };
}

/** The newest legs show the newest calls; how far down they show all of them, the oldest of the legs tells. */
async function byHeads({ ask, table, query, after }: Finding): Promise<CallsFound> {
  const found: WholeCall[] = [];
  let position = after;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const limit = Math.min(
      HEADS_MAX,
      Math.max(HEADS_LEAST, (query.limit + 1) * HEADS_PER_CALL) * HEADS_GROWTH ** round,
    );
    const heads = await ask(headsStatement(table, { query, after: position, limit }));
    const asOf: string | null = position ? position.asOf : (heads[0]?.[2] ?? null);
    const ids = [...new Set(heads.map(([id]) => id ?? ''))];
    const legs = await legsOf({ ask, table, query, after: continued(position, query, asOf) }, ids);
    const reach = heads.length < limit ? null : (heads.at(-1)?.[1] ?? null);
    const calls = [...legs].map(([id, all]) => ({ id, startedKey: all[0]?.startedKey ?? '', legs: all }));
    const isDue = (call: WholeCall): boolean =>
      (reach === null || call.startedKey > reach) && isInRange(call.legs, query) && isBefore(call, position);
    found.push(...calls.filter(call => isDue(call) && matches(call.legs, query)).toSorted(newestFirst));
    if (found.length > query.limit) {
      const given = found.slice(0, query.limit);
      const { id, startedKey } = given.at(-1) ?? { id: '', startedKey: '' };
      return { calls: given, next: { id, startedKey, asOf } };
    }
    if (reach === null) return { calls: found, next: null };
    // Nothing but legs of one moment: the next look is wider, or there is no way past it.
    if (heads[0]?.[1] === reach && limit === HEADS_MAX) throw tooDense();
    position = { startedKey: reach, id: AFTER_ALL_IDS, asOf };
  }
  return { calls: found, next: position };
}

async function legsOf({ ask, table, query, after }: Finding, ids: string[]): Promise<Map<string, Leg[]>> {
  const legs = new Map<string, Leg[]>();
  if (ids.length === 0) return legs;
  const rows = await ask(callLegsStatement(table, { query, after, limit: PAGE_ROWS_MAX }, ids));
  if (rows.length >= PAGE_ROWS_MAX) throw tooDense();
  for (const leg of rows.map(legOf)) {
    const known = legs.get(leg.callId);
    if (known) known.push(leg);
    else legs.set(leg.callId, [leg]);
  }
  return legs;
}

/** On the first look nothing but the newest end is known; from then on the walk shows what existed by it. */
function continued(
  after: HistoryCursor | null,
  { end }: HistoryQuery,
  asOf: string | null,
): HistoryCursor | null {
  if (after || asOf === null) return after;
  return { startedKey: new Date(end).toISOString(), id: AFTER_ALL_IDS, asOf };
}

/** A call that had begun before the range shows it by its first leg. */
function isInRange(legs: readonly Leg[], { start, end }: HistoryQuery): boolean {
  const startedAt = Date.parse(legs[0]?.startedAt ?? '');
  return startedAt >= start && startedAt < end;
}

function isBefore(call: WholeCall, position: HistoryCursor | null): boolean {
  return position === null || newestFirst(call, { ...position, legs: [] }) > 0;
}

/** The server's times sort as text. */
function newestFirst(a: WholeCall, b: WholeCall): number {
  if (a.startedKey !== b.startedKey) return a.startedKey < b.startedKey ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

function tooDense(): AppError {
  return new AppError('E_TOO_LARGE', {
    detail: `The calls of this page have more than ${PAGE_ROWS_MAX} legs. Ask for fewer calls with limit, or for group=legs.`,
  });
}
