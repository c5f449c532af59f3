import type { HistoryPage, HistoryQuery, HistoryRecord } from '../../../core/ports.ts';
import type { Leg } from './records/leg.ts';

/** Something that we saw begin at one of the PBX's own numbers, by our clock. */
export interface Moment {
  dn: string;
  at: number;
}

/** Every call that has a leg of one of the numbers begun at its moment or close to it, each with all its legs. */
export interface CallsAround {
  calls: Leg[][];
  /** By how much the clock that stamped them is ahead of ours, as far as that can be known. */
  clockAheadMs: number;
}

/** How far from its moment a leg is still looked for. */
export const MOMENT_REACH_MS = 2000;

/** One rung of the ladder of call records. */
export interface RecordSource {
  /** In the PBX's words; cursors are bound to it. */
  readonly origin: string;
  page(query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage>;
  stream<Made>(
    query: HistoryQuery,
    signal: AbortSignal,
    make: (record: HistoryRecord) => Made,
  ): AsyncIterable<Made[]>;
  one(id: string, signal?: AbortSignal): Promise<HistoryRecord | null>;
  around(moments: readonly Moment[], signal: AbortSignal): Promise<CallsAround>;
}
