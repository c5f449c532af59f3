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

/** The newest records, in the order they were written: what XAPI's reports are made from. */
export class CallLog {
  #records: LoggedRecord[] = [];
  #isCut = false;

  append(entry: LoggedRecord): void {
    this.#records.push(entry);
    if (this.#records.length < RECORDS_KEPT + BLOCK) return;
    this.#records = this.#records.slice(-RECORDS_KEPT);
    this.#isCut = true;
  }

  entries(): readonly LoggedRecord[] {
    return this.#records;
  }

  last(): LoggedRecord | undefined {
    return this.#records.at(-1);
  }

  /** False when records of that time may have been dropped, so that an answer would be a lie. */
  reachesBackTo(time: number): boolean {
    const oldest = this.#records[0]?.record.cdr_started_at.getTime() ?? 0;
    return !this.#isCut || time >= oldest;
  }
}
