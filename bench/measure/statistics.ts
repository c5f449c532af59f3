export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `share` 0.99 is p99. NaN of nothing. */
function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Values that come by the million, without an object each. */
export class Samples {
  #values = new Float64Array(65_536);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  quantile(share: number): number {
    return quantile(this.#values.subarray(0, this.#count), share);
  }
}
