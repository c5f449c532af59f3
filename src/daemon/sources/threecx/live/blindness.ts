import type { GapBody } from '../../../../shared/journal-entry.ts';
import type { Clock, EventSink } from '../../../core/ports.ts';
import { SOURCE_NAME } from '../options.ts';

/** Since when events may have passed us by unseen. Told as one gap, once a snapshot has shown what is. */
export class Blindness {
  readonly #parts: { sink: EventSink; clock: Clock };
  #since: number | null = null;
  #why = '';

  constructor(parts: { sink: EventSink; clock: Clock }) {
    this.#parts = parts;
  }

  /** `from`: until when we surely heard everything. The earliest time and its reason stand. */
  begin(from: number, why: string): void {
    if (this.#since !== null && this.#since <= from) return;
    this.#since = from;
    this.#why = why;
  }

  /** Call it after the snapshot's facts were handed over: the gap comes after what mends it. */
  end(): void {
    if (this.#since === null) return;
    const { sink, clock } = this.#parts;
    const now = clock.now();
    const body: GapBody = {
      scope: 'source',
      reason: 'upstream',
      from: this.#since,
      to: now,
      detail: this.#why,
    };
    this.#since = null;
    sink.append({ time: now, type: 'gap', source: SOURCE_NAME, dns: [], body: JSON.stringify(body) });
  }
}
