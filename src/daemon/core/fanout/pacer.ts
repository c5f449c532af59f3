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
    this.#planned = null;
    const until = performance.now() + this.#sliceMs;
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      work.step();
      if (performance.now() > until) break;
    }
    if (this.#waiting.size > 0) this.#planned = setImmediate(() => this.#run());
  }
}
