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

  /** Steps in which nothing was seen go on as the last one was, but not for long: then it is not known. */
  #close(step: number): void {
    const mean = this.#count === 0 ? (this.#values.at(-1) ?? 0) : this.#sum / this.#count;
    const passed = Math.min(step - this.#step, this.#most);
    for (let one = 0; one < passed; one++) this.#values.push(one === 0 ? mean : 0);
    this.#values.splice(0, this.#values.length - this.#most);
    this.#step = step;
    this.#sum = 0;
    this.#count = 0;
  }
}
