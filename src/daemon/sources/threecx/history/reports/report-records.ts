import { AppError } from '../../../../../shared/errors.ts';
import type { HistoryPage, HistoryQuery, HistoryRecord } from '../../../../core/ports.ts';
import { type CallsAround, MOMENT_REACH_MS, type Moment, type RecordSource } from '../record-source.ts';
import { callRecord, callWithLegs } from '../records/call-summary.ts';
import { encodeCursor, type HistoryCursor, resume } from '../records/history-cursor.ts';
import { type Leg, legRecord } from '../records/leg.ts';
import { matches } from '../records/record-filters.ts';
import type { Report, Slice } from './report.ts';

const HOUR_MS = 3_600_000;
const SLICE_FIRST_MS = 6 * HOUR_MS;
const SLICE_MAX_MS = 7 * 24 * HOUR_MS;
/** So many rows more would still fit into a report: the next slice may be twice as long. */
const SLICE_ROWS_FEW = 1000;
/** No telephone exchange starts thousands of legs in a second. */
const SLICE_LEAST_MS = 1000;
/** 3CX: rows of one call cannot be asked for, so a leg that begins longer than this after the one before is not found. */
const CALL_PAUSE_MAX_MS = 4 * HOUR_MS;
/** So long before a phone of ours rings, its call is taken to have begun at the most: menus and queues come first. */
const AROUND_LEAD_MS = HOUR_MS;
/** `one` knows no time: it looks back so far. */
const ONE_LOOK_BACK_MS = 31 * 24 * HOUR_MS;

interface Group {
  legs: Leg[];
  startedKey: string;
  id: string;
}

/** Call records out of XAPI's reports: slow, by slices of time from the newest back, all sorting and filtering done here. */
export class ReportRecords implements RecordSource {
  readonly #report: Report;
  readonly #now: () => number;

  constructor(report: Report, now: () => number) {
    this.#report = report;
    this.#now = now;
  }

  get origin(): string {
    return this.#report.name;
  }

  async page(asked: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    const { query, after } = resume({ query: asked, origin: this.origin });
    const found: Group[] = [];
    for await (const groups of this.#walk(query, after, signal)) {
      found.push(...groups);
      if (found.length > query.limit) break;
    }
    const given = found.slice(0, query.limit);
    const last = found.length > given.length ? given.at(-1) : undefined;
    const nextCursor = last
      ? encodeCursor({ startedKey: last.startedKey, id: last.id, asOf: null }, { query, origin: this.origin })
      : null;
    return { records: given.map(group => recordOf(group, query)), nextCursor, origin: this.origin };
  }

  async *stream<Made>(
    query: HistoryQuery,
    signal: AbortSignal,
    make: (record: HistoryRecord) => Made,
  ): AsyncGenerator<Made[]> {
    for await (const groups of this.#walk(query, null, signal))
      yield groups.map(group => make(recordOf(group, query)));
  }

  async one(id: string, signal?: AbortSignal): Promise<HistoryRecord | null> {
    const end = this.#now() + CALL_PAUSE_MAX_MS;
    const query: HistoryQuery = { start: end - ONE_LOOK_BACK_MS, end, group: 'calls', limit: 1 };
    for await (const groups of this.#walk(query, null, signal)) {
      const found = groups.find(group => group.id === id);
      if (found) return callWithLegs(found.legs);
    }
    return null;
  }

  async around(moments: readonly Moment[], signal: AbortSignal): Promise<CallsAround> {
    const times = moments.map(({ at }) => at);
    const from = Math.min(...times) - AROUND_LEAD_MS;
    // More than a report can hold: what is left could seem to be the only one that fits.
    const legs = (await this.#report.legs({ from, to: this.#now() + MOMENT_REACH_MS }, signal)) ?? [];
    const groups = new Map<string, Group>();
    for (const leg of legs) addTo(groups, leg, 'calls');
    const isNear = ({ startedAt, source, destination }: Leg): boolean =>
      moments.some(
        ({ dn, at }) =>
          (source.dn === dn || destination.dn === dn) &&
          Math.abs(Date.parse(startedAt) - at) <= MOMENT_REACH_MS,
      );
    const calls = [...groups.values()].map(group => group.legs).filter(call => call.some(isNear));
    // XAPI does not tell its clock with a report.
    return { calls, clockAheadMs: 0 };
  }

  /** Newest first, by (start, id). A call is given when so much before it was seen that nothing can belong to it. */
  async *#walk(
    query: HistoryQuery,
    after: HistoryCursor | null,
    signal?: AbortSignal,
  ): AsyncGenerator<Group[]> {
    const pauseMs = query.group === 'calls' ? CALL_PAUSE_MAX_MS : 0;
    const isWanted = (group: Group): boolean =>
      isInRange(group, query) && isAfter(group, after) && matches(group.legs, query);
    const newest = after ? Math.min(query.end, Date.parse(after.startedKey) + 1) : query.end;
    const open = new Map<string, Group>();
    const whole = { from: query.start - pauseMs, to: newest + pauseMs };
    for await (const { legs, from } of this.#slices(whole, signal)) {
      for (const leg of legs) addTo(open, leg, query.group);
      const closed = [...open.values()].filter(
        group => Date.parse(group.startedKey) >= from + pauseMs || from <= whole.from,
      );
      for (const group of closed) open.delete(group.id);
      const wanted = closed.filter(isWanted);
      if (wanted.length > 0) yield wanted.toSorted(newestFirst);
    }
  }

  /** Slices from the newest back, shorter where the report is full and longer where little happened. */
  async *#slices({ from, to }: Slice, signal?: AbortSignal): AsyncGenerator<{ legs: Leg[]; from: number }> {
    let lengthMs = SLICE_FIRST_MS;
    for (let end = to; end > from; ) {
      signal?.throwIfAborted();
      const slice = { from: Math.max(from, end - lengthMs), to: end };
      const legs = await this.#report.legs(slice, signal);
      if (legs === null) {
        if (slice.to - slice.from <= SLICE_LEAST_MS) throw tooFull(this.origin);
        lengthMs = Math.max(SLICE_LEAST_MS, Math.floor((slice.to - slice.from) / 2));
        continue;
      }
      yield { legs, from: slice.from };
      end = slice.from;
      if (legs.length < SLICE_ROWS_FEW) lengthMs = Math.min(SLICE_MAX_MS, lengthMs * 2);
    }
  }
}

/** Legs stay sorted as the call went; slices come backwards. */
function addTo(open: Map<string, Group>, leg: Leg, by: HistoryQuery['group']): void {
  const id = by === 'legs' ? leg.id : leg.callId;
  const known = open.get(id)?.legs ?? [];
  if (known.some(other => other.id === leg.id)) return;
  const legs = [...known, leg].toSorted((a, b) => -newestFirst({ ...a, legs: [] }, { ...b, legs: [] }));
  open.set(id, { id, legs, startedKey: legs[0]?.startedKey ?? leg.startedKey });
}

function newestFirst(a: Group, b: Group): number {
  if (a.startedKey !== b.startedKey) return a.startedKey < b.startedKey ? 1 : -1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

function isInRange({ startedKey }: Group, { start, end }: HistoryQuery): boolean {
  const startedAt = Date.parse(startedKey);
  return startedAt >= start && startedAt < end;
}

function isAfter(group: Group, after: HistoryCursor | null): boolean {
  return after === null || newestFirst(group, { ...after, legs: [] }) > 0;
}

function recordOf({ legs: [first, ...others] }: Group, { group }: HistoryQuery): HistoryRecord {
  if (!first) throw new Error('A group has at least one leg');
  return group === 'legs' ? legRecord(first) : callRecord([first, ...others]);
}

function tooFull(name: string): AppError {
  return new AppError('E_UPSTREAM', {
    detail: `${name} gives more rows for one second than it can tell. Ask for another time.`,
  });
}
