import type { CallRecord } from './call-record.ts';

/** A record with the call id that only the PBX's own reports still know. */
export interface LoggedRecord {
  record: CallRecord;
  callId: number;
}

/** About 1 kB each; the database holds all of them, reports look back over these. */
const RECORDS_KEPT = 100_000;
/** Dropping the oldest in blocks keeps appending cheap. */
const BLOCK = 10_000;

/** The newest records by the time they started, whenever they were written: what XAPI's reports are made from. */
export class CallLog {
  #records: LoggedRecord[] = [];
  /** Of all that started before this moment, some may be gone. */
  #completeFrom = Number.NEGATIVE_INFINITY;

  append(entry: LoggedRecord): void {
    const startedAt = startOf(entry);
    if (startedAt < this.#completeFrom) return;
    this.#records.splice(this.#placeFor(startedAt), 0, entry);
    if (this.#records.length >= RECORDS_KEPT + BLOCK) this.#dropOldest();
  }

  /** In the order they started. */
  entries(): readonly LoggedRecord[] {
    return this.#records;
  }

  last(): LoggedRecord | undefined {
    return this.#records.at(-1);
  }

  /** False when records of that time may have been dropped, so that an answer would be a lie. */
  reachesBackTo(time: number): boolean {
    return time >= this.#completeFrom;
  }

  /** After all that started before or with it: records are written when they end, and the past is filled in late. */
  #placeFor(startedAt: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this.#records[middle];
      if (at && startOf(at) <= startedAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropOldest(): void {
    const dropped = this.#records.splice(0, this.#records.length - RECORDS_KEPT);
    const newestDropped = dropped.at(-1);
    if (newestDropped) this.#completeFrom = startOf(newestDropped) + 1;
    const kept = this.#records.findIndex(entry => startOf(entry) >= this.#completeFrom);
    this.#records.splice(0, Math.max(0, kept));
  }
}

function startOf({ record }: LoggedRecord): number {
  return record.cdr_started_at.getTime();
}
