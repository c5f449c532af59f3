import type { JournalEntry } from '../../../shared/journal-entry.ts';

/** An entry together with the seq of the one before it in the same filter. */
export interface Delivery {
  entry: JournalEntry;
  prev: number;
}

/** Puts entries into the form of one wire. Streams that use the same function share its bytes. */
export type Encoder = (deliveries: readonly Delivery[]) => Buffer;

/** Entries that many clients are sent alike: put into each form once, when the first client needs it. */
export class Batch {
  /** In order, and never empty. */
  readonly deliveries: readonly Delivery[];
  readonly first: number;
  readonly last: number;
  readonly #forms = new Map<Encoder, Buffer>();

  constructor(deliveries: readonly Delivery[]) {
    this.deliveries = deliveries;
    this.first = deliveries[0]?.entry.seq ?? 0;
    this.last = deliveries.at(-1)?.entry.seq ?? 0;
  }

  bytes(encode: Encoder): Buffer {
    let bytes = this.#forms.get(encode);
    if (bytes === undefined) {
      bytes = encode(this.deliveries);
      this.#forms.set(encode, bytes);
    }
    return bytes;
  }

  /** What of it comes after a seq that lies inside. */
  after(seq: number): Batch {
    return new Batch(this.deliveries.filter(({ entry }) => entry.seq > seq));
  }
}
