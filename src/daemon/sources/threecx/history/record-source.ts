import type { HistoryPage, HistoryQuery, HistoryRecord } from '../../../core/ports.ts';

/** One rung of the ladder of call records. */
export interface RecordSource {
  /** In the PBX's words; cursors are bound to it. */
  readonly origin: string;
  page(query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage>;
  stream(query: HistoryQuery, signal: AbortSignal): AsyncIterable<HistoryRecord[]>;
  one(id: string, signal?: AbortSignal): Promise<HistoryRecord | null>;
}
