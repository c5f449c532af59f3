/** The newest of a stream, the newest last, bounded. */
export class Tail<One> {
  readonly #most: number;
  #kept: One[] = [];
  #all: readonly One[] | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  add(one: One): void {
    this.#kept.push(one);
    // Not one by one: that would move all of them each time.
    if (this.#kept.length > this.#most * 2) this.#kept = this.#kept.slice(-this.#most);
    this.#all = null;
  }

  /** Instead of all that was there. */
  begin(all: readonly One[]): void {
    this.#kept = all.slice(-this.#most);
    this.#all = null;
  }

  get all(): readonly One[] {
    this.#all ??= this.#kept.slice(-this.#most);
    return this.#all;
  }
}
