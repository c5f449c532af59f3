/** A figure over time, a value for each step, the newest last. */
export interface Series {
  stepMs: number;
  values: readonly number[];
}

interface Sample {
  /** ms since 1970 UTC. */
  time: number;
  value: number;
}

/** Fills steps of equal length with the mean of what was seen in each; bounded. */
export class StepSeries {
  readonly #stepMs: number;
  readonly #most: number;
  #values: number[] = [];
  #step = Number.NaN;
  #sum = 0;
  #count = 0;

  constructor({ stepMs, most }: { stepMs: number; most: number }) {
    this.#stepMs = stepMs;
    this.#most = most;
  }

  /** What was before, as somebody else has gathered it. */
  begin(values: readonly number[]): void {
    this.#values = values.slice(-this.#most);
    this.#step = Number.NaN;
    this.#count = 0;
    this.#sum = 0;
  }

  add({ time, value }: Sample): void {
    const step = Math.floor(time / this.#stepMs);
    if (Number.isNaN(this.#step)) this.#step = step;
    if (step > this.#step) this.#close(step);
    this.#sum += value;
    this.#count += 1;
  }

  get series(): Series {
    return { stepMs: this.#stepMs, values: this.#values };
  }

  /** Steps in which nothing was seen count as none. What was handed out does not change any more. */
  #close(step: number): void {
    const missed = new Array<number>(Math.min(step - this.#step, this.#most) - 1).fill(0);
    this.#values = [...this.#values, this.#sum / this.#count, ...missed].slice(-this.#most);
    this.#step = step;
    this.#sum = 0;
    this.#count = 0;
  }
}
