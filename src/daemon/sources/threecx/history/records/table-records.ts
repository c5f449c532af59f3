import type { HistoryPage, HistoryQuery, HistoryRecord } from '../../../../core/ports.ts';
import type { Statement, TextRow } from '../database/statement.ts';
import type { CallsAround, Moment, RecordSource } from '../record-source.ts';
import { callRecord, callWithLegs } from './call-summary.ts';
import { encodeCursor, type HistoryCursor, resume } from './history-cursor.ts';
import { type Leg, legRecord } from './leg.ts';
import { pageOfCalls } from './page-of-calls.ts';
import type { RecordTable } from './record-layout.ts';
import { allCallsStatement, aroundStatement, legsStatement, oneStatement } from './record-query.ts';
import { legOf } from './record-row.ts';

/** What is asked of the database. */
interface Asking {
  query(statement: Statement, signal?: AbortSignal): Promise<TextRow[]>;
  stream<Made>(
    statement: Statement,
    signal: AbortSignal,
    make: (row: TextRow) => Made,
  ): AsyncIterable<Made[]>;
}

const ID_FORMS: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  int4: /^\d{1,9}$/,
  int8: /^\d{1,18}$/,
};
const ID_MAX_CHARS = 100;
/** Of all calls around the moments asked for; some hundred are expected. */
const AROUND_ROWS_MAX = 5000;
const SERVER_CLOCK: Statement = {
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text',
  values: [],
};

/** Call records out of a table of the PBX's database. */
export class TableRecords implements RecordSource {
  readonly #asking: Asking;
  readonly #table: RecordTable;
  readonly #now: () => number;

  constructor(asking: Asking, table: RecordTable, now: () => number) {
    this.#asking = asking;
    this.#table = table;
    this.#now = now;
  }

  get origin(): string {
    return this.#table.name;
  }

  async page(asked: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    const { query, after } = resume({ query: asked, origin: this.origin });
    return query.group === 'legs' ? this.#legs(query, after, signal) : this.#calls(query, after, signal);
  }

  async *stream<Made>(
    query: HistoryQuery,
    signal: AbortSignal,
    make: (record: HistoryRecord) => Made,
  ): AsyncGenerator<Made[]> {
    if (query.group === 'legs') {
      const statement = legsStatement(this.#table, { query, after: null, limit: null });
      yield* this.#asking.stream(statement, signal, row => make(legRecord(legOf(row))));
      return;
    }
    const batches = this.#asking.stream(allCallsStatement(this.#table, query), signal, legOf);
    for await (const calls of wholeCalls(batches)) yield recordsOf(calls, query).map(make);
  }

  async one(id: string, signal?: AbortSignal): Promise<HistoryRecord | null> {
    // To the server a malformed id would be an error; to us it is one that nobody has.
    if (id.length > ID_MAX_CHARS || ID_FORMS[this.#table.type.callId]?.test(id) === false) return null;
    const legs = (await this.#asking.query(oneStatement(this.#table, id), signal)).map(legOf);
    return legs.length === 0 ? null : callWithLegs(legs);
  }

  async around(moments: readonly Moment[], signal: AbortSignal): Promise<CallsAround> {
    const clockAheadMs = await this.#clockAhead(signal);
    const shifted = moments.map(({ dn, at }) => ({ dn, at: at + clockAheadMs }));
    const statement = aroundStatement(this.#table, { moments: shifted, limit: AROUND_ROWS_MAX });
    const rows = await this.#asking.query(statement, signal);
    // Cut off, what is left could seem to be the only one that fits.
    const legs = rows.length < AROUND_ROWS_MAX ? rows.map(legOf) : [];
    return { calls: [...Map.groupBy(legs, leg => leg.callId).values()], clockAheadMs };
  }

  async #clockAhead(signal: AbortSignal): Promise<number> {
    const asked = this.#now();
    const rows = await this.#asking.query(SERVER_CLOCK, signal);
    return Math.round(Number(rows[0]?.[0]) - (asked + this.#now()) / 2);
  }

  async #legs(query: HistoryQuery, after: HistoryCursor | null, signal?: AbortSignal): Promise<HistoryPage> {
    const statement = legsStatement(this.#table, { query, after, limit: query.limit + 1 });
    const legs = (await this.#asking.query(statement, signal)).map(legOf);
    const given = legs.slice(0, query.limit);
    const last = legs.length > given.length ? given.at(-1) : undefined;
    const cursor = last ? { startedKey: last.startedKey, id: last.id, asOf: null } : null;
    return this.#pageOf(query, given.map(legRecord), cursor);
  }

  async #calls(query: HistoryQuery, after: HistoryCursor | null, signal?: AbortSignal): Promise<HistoryPage> {
    const ask = (statement: Statement): Promise<TextRow[]> => this.#asking.query(statement, signal);
    const { calls, next } = await pageOfCalls({ ask, table: this.#table, query, after });
    return this.#pageOf(
      query,
      calls.map(({ legs }) => callRecord(legs)),
      next,
    );
  }

  #pageOf(query: HistoryQuery, records: HistoryRecord[], next: HistoryCursor | null): HistoryPage {
    const nextCursor = next ? encodeCursor(next, { query, origin: this.origin }) : null;
    return { records, nextCursor, origin: this.origin };
  }
}

/** A call that had begun before the range came in by its later legs; with all its legs it shows that it does not belong. */
function recordsOf(calls: readonly Leg[][], { start }: HistoryQuery): HistoryRecord[] {
  return calls.filter(([first]) => first && Date.parse(first.startedAt) >= start).map(callRecord);
}

/** The legs of a call follow one another, but a batch may end within a call. */
async function* wholeCalls(batches: AsyncIterable<Leg[]>): AsyncGenerator<Leg[][]> {
  let open: Leg[] = [];
  for await (const legs of batches) {
    const closed: Leg[][] = [];
    for (const leg of legs) {
      if (open[0] && open[0].callId !== leg.callId) {
        closed.push(open);
        open = [];
      }
      open.push(leg);
    }
    if (closed.length > 0) yield closed;
  }
  if (open.length > 0) yield [open];
}
