import type { GapBody } from '../../../../shared/journal-entry.ts';
import type { Clock, EventSink, Heard } from '../../../core/ports.ts';
import { SOURCE_NAME } from '../options.ts';

interface BlindnessParts {
  sink: EventSink;
  clock: Clock;
  onHeard?: ((heard: Heard) => void) | undefined;
}

/** What was heard is kept on disk, which need not be written each time. */
const TELL_EVERY_MS = 60_000;

/** Since when events may have passed us by unseen. Told as one gap, once a snapshot has shown what is. */
export class Blindness {
  readonly #parts: BlindnessParts;
  #since: number | null = null;
  #why = '';
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(parts: BlindnessParts) {
    this.#parts = parts;
  }

  /** `from`: until when we surely heard everything. The earliest time and its reason stand. */
  begin(from: number, why: string): void {
    if (this.#since !== null && this.#since <= from) return;
    this.#since = from;
    this.#why = why;
    this.#parts.onHeard?.({ until: from, isBlind: true });
  }

  /** Call it after the snapshot's facts were handed over: the gap comes after what mends it. */
  end(): void {
    if (this.#since === null) return;
    const { sink, clock } = this.#parts;
    const now = clock.now();
    const body: GapBody = {
      scope: 'source',
      reason: 'upstream',
      // The clock may have been set back since.
      from: Math.min(this.#since, now),
      to: now,
      detail: this.#why,
    };
    this.#since = null;
    sink.append({ time: now, type: 'gap', source: SOURCE_NAME, dns: [], body: JSON.stringify(body) });
    this.#tell(now);
  }

  /** Until then nothing was missed: what we know agrees with what the phone system shows. */
  heard(until: number): void {
    if (this.#since !== null) return;
    if (this.#parts.clock.elapsed() - this.#toldAt >= TELL_EVERY_MS) this.#tell(until);
  }

  /** Before the relay stops. */
  lastHeard(until: number): void {
    if (this.#since === null) this.#tell(until);
  }

  #tell(until: number): void {
    this.#toldAt = this.#parts.clock.elapsed();
    this.#parts.onHeard?.({ until, isBlind: false });
  }
}
