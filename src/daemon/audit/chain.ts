import { hash } from 'node:crypto';
import type { AuditRow } from './entry.ts';

/** How many rows there are, and the hash of the newest: whoever knows this can prove all of them. */
export interface Head {
  count: number;
  hash: string;
}

export interface ChainFault {
  /** The first row that is not as it was written. */
  row: number;
  what: 'changed' | 'missing' | 'inserted' | 'out of order' | 'cut off' | 'head lost';
  text: string;
}

interface CheckOptions {
  /** What the program keeps beside the rows; null: it is gone. */
  head: Head | null;
  /** A head that somebody wrote down elsewhere, such as the log of the host. */
  against: Head | null;
  /** Looks a row up by its place. */
  rowAt: (id: number) => AuditRow | null;
}

/** What stands before the first row. */
export const GENESIS = '0'.repeat(64);
/** How far from its place a moved row is looked for; each step is one hash. */
const PLACES_AROUND = 1000;

/** SHA-256 over the hash before and all fields in fixed order; the place is one of them, so no row can be moved. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { id, time, actor, via, source, action, subject, outcome, detail, prevHash } = row;
  return hash(
    'sha256',
    JSON.stringify([prevHash, id, time, actor, via, source, action, subject, outcome, detail]),
  );
}

/** Follows the chain row by row, and says of the first row that is wrong what is wrong with it. */
export class ChainCheck {
  readonly #head: Head | null;
  readonly #against: Head | null;
  readonly #rowAt: CheckOptions['rowAt'];
  #row = 0;
  #hash = GENESIS;

  constructor({ head, against, rowAt }: CheckOptions) {
    this.#head = head;
    this.#against = against;
    this.#rowAt = rowAt;
  }

  /** How far all was right. */
  get sound(): Head {
    return { count: this.#row, hash: this.#hash };
  }

  look(row: AuditRow): ChainFault | null {
    const fault = this.#wrongPlace(row) ?? this.#wrongContent(row) ?? this.#wrongLink(row);
    if (fault !== null) return fault;
    this.#row = row.id;
    this.#hash = row.hash;
    return this.#wrongAgainst();
  }

  /** When there are no more rows. */
  end(): ChainFault | null {
    const count = Math.max(this.#head?.count ?? 0, this.#against?.count ?? 0);
    if (this.#row < count) {
      const text = `the rows ${this.#row + 1} to ${count} have been cut off at the end`;
      return { row: this.#row + 1, what: 'cut off', text };
    }
    if (this.#head === null && this.#row > 0) {
      const text = `what is kept of the end beside the rows is gone, so nothing proves that row ${this.#row} is the last`;
      return { row: this.#row, what: 'head lost', text };
    }
    if (this.#head !== null && this.#head.hash !== this.#hash) return changed(this.#row);
    return null;
  }

  #wrongPlace(row: AuditRow): ChainFault | null {
    const { id } = row;
    const next = this.#row + 1;
    const count = this.#head?.count ?? Number.POSITIVE_INFINITY;
    if (id < next) return inserted(id);
    if (next > count) {
      const isEndProven = this.#hash === this.#head?.hash;
      return inserted(isEndProven || hashOf(row) === row.hash ? id : (writtenAt(row) ?? id));
    }
    if (id === next) return null;
    const last = Math.min(id - 1, count);
    const text = next === last ? `row ${next} is missing` : `the rows ${next} to ${last} are missing`;
    return { row: next, what: 'missing', text };
  }

  #wrongContent(row: AuditRow): ChainFault | null {
    if (hashOf(row) === row.hash) return null;
    const place = writtenAt(row);
    if (place === null) return changed(row.id);
    if (place < row.id) {
      // All rows before were right: either this is a copy in the place of another, or one put in there pushed all on.
      const after = this.#rowAt(row.id + 1);
      const isCopy = after === null ? row.id <= (this.#head?.count ?? row.id) : hashOf(after) === after.hash;
      return isCopy ? changed(row.id) : inserted(place);
    }
    const text = `row ${row.id} is out of order: it was written as row ${place}`;
    return { row: row.id, what: 'out of order', text };
  }

  /** The row is right in itself and does not follow the one before: one of the two was made anew. */
  #wrongLink(row: AuditRow): ChainFault | null {
    if (row.prevHash === this.#hash) return null;
    if (row.prevHash === GENESIS) {
      const text = `at row ${row.id} the chain begins anew: what was kept of its end before had been removed`;
      return { row: row.id, what: 'head lost', text };
    }
    const after = row.id === this.#head?.count ? this.#head.hash : this.#rowAt(row.id + 1)?.prevHash;
    const isVouchedFor = after === undefined || after === row.hash;
    return changed(isVouchedFor && this.#row > 0 ? this.#row : row.id);
  }

  #wrongAgainst(): ChainFault | null {
    if (this.#row !== this.#against?.count || this.#hash === this.#against.hash) return null;
    const text = `row ${this.#row} is not the one that was written down elsewhere: it or rows before it have been changed, and all hashes made anew`;
    return { row: this.#row, what: 'changed', text };
  }
}

function changed(row: number): ChainFault {
  return { row, what: 'changed', text: `row ${row} has been changed` };
}

function inserted(row: number): ChainFault {
  return { row, what: 'inserted', text: `row ${row} has been inserted: the relay did not write it` };
}

function writtenAt(row: AuditRow): number | null {
  for (let away = 1; away <= PLACES_AROUND; away++) {
    for (const id of [row.id - away, row.id + away]) if (hashOf({ ...row, id }) === row.hash) return id;
  }
  return null;
}
