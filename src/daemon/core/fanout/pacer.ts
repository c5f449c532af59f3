interface Paced {
  /** One small piece of work; it adds itself again when there is more. */
  step(): void;
}

/** Work that may wait, done first come first served for a short while in each turn of the loop. */
export class Pacer {
  readonly #sliceMs: number;
  readonly #waiting = new Set<Paced>();
  #planned: NodeJS.Immediate | null = null;

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
  }

  add(work: Paced): void {
    this.#waiting.add(work);
    this.#planned ??= setImmediate(() => this.#run());
  }

  drop(work: Paced): void {
    this.#waiting.delete(work);
  }

  #run(): void {
    const until = performance.now() + this.#sliceMs;
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      work.step();
      if (performance.now() > until) break;
    }
    // Only now, for work that added itself again must not plan a second run for the same turn.
    this.#planned = this.#waiting.size > 0 ? setImmediate(() => this.#run()) : null;
  }
}
