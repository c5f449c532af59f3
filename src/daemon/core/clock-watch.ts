import type { Clock } from './ports.ts';

/** Less is how clocks drift and are slewed. */
const STEP_MS = 1000;

/** Notices that the wall clock was set, by comparing it with the one that only runs. */
export class ClockWatch {
  readonly #clock: Clock;
  /** What lies between the two clocks. */
  #between: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#between = clock.now() - clock.elapsed();
  }

  /** By how much it was set since the last look; 0 when it was not. */
  look(): number {
    const between = this.#clock.now() - this.#clock.elapsed();
    const byMs = between - this.#between;
    if (Math.abs(byMs) < STEP_MS) return 0;
    this.#between = between;
    return byMs;
  }
}
