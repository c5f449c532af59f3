import { sleep } from '../../../../shared/backoff.ts';
import type { Clock } from '../../../core/ports.ts';

interface PollParts {
  /** Returns ms until the next time. Expected to deal with its own errors. */
  work: (signal: AbortSignal) => Promise<number>;
  /** What `work` did not deal with: a mistake of ours. */
  onFault: (error: unknown) => void;
  /** Between the end of one and the beginning of the next, however hard it is nudged. */
  gapMinMs: number;
  clock: Clock;
  firstInMs?: number;
}

const AFTER_FAULT_MS = 30_000;

/** Does one thing again and again, never twice at once; a nudge makes the next time come sooner. */
export class Poll {
  readonly #parts: PollParts;
  readonly #life = new AbortController();
  #pause: AbortController | null = null;
  #isNudged = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: PollParts) {
    this.#parts = parts;
  }

  start(signal: AbortSignal): void {
    this.#running = this.#run(AbortSignal.any([signal, this.#life.signal]));
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#running;
  }

  nudge(): void {
    this.#isNudged = true;
    this.#pause?.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, gapMinMs, firstInMs = 0 } = this.#parts;
    let waitMs = firstInMs;
    let endedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#wait(waitMs, signal);
      await sleep(endedAt + gapMinMs - clock.elapsed(), signal);
      if (signal.aborted) return;
      this.#isNudged = false;
      waitMs = await this.#workOnce(signal);
      endedAt = clock.elapsed();
    }
  }

  async #workOnce(signal: AbortSignal): Promise<number> {
    try {
      return await this.#parts.work(signal);
    } catch (error) {
      this.#parts.onFault(error);
      return AFTER_FAULT_MS;
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isNudged) return;
    this.#pause = new AbortController();
    await sleep(ms, AbortSignal.any([signal, this.#pause.signal]));
    this.#pause = null;
  }
}
