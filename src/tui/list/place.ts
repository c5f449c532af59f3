/**
 * Where the operator stands in a list that changes: on an object, not on a line. At its beginning, or in a tail at its
 * end, on whatever comes there.
 */
export class Place {
  readonly #isTail: boolean;
  #ids: readonly string[] = [];
  #id: string | null = null;
  #index = 0;
  #top = 0;
  #height = 1;

  constructor({ isTail }: { isTail: boolean }) {
    this.#isTail = isTail;
  }

  get index(): number {
    return this.#index;
  }

  /** The first line that is shown. */
  get top(): number {
    return this.#top;
  }

  /** In what there is now. Whoever stood on what has gone stands on what took its place. */
  settle(ids: readonly string[], height: number): void {
    this.#ids = ids;
    this.#height = height;
    const at = this.#id === null ? -1 : ids.indexOf(this.#id);
    const wanted = at >= 0 ? at : this.#id === null ? this.#home : this.#index;
    this.#index = Math.max(0, Math.min(wanted, ids.length - 1));
    if (this.#id !== null) this.#id = ids[this.#index] ?? null;
    this.#scroll();
  }

  move(step: number): void {
    this.goTo(Math.max(0, Math.min(this.#index + step, this.#ids.length - 1)));
  }

  goTo(index: number): void {
    this.#index = Math.max(0, Math.min(index, this.#ids.length - 1));
    const isHome = this.#index === this.#home;
    this.#id = isHome ? null : (this.#ids[this.#index] ?? null);
    this.#scroll();
  }

  /** Where nobody has chosen anything: whatever comes there is what one stands on. */
  get #home(): number {
    return this.#isTail ? this.#ids.length - 1 : 0;
  }

  #scroll(): void {
    const last = Math.max(0, this.#ids.length - this.#height);
    const lowest = Math.max(0, this.#index - this.#height + 1);
    this.#top = Math.min(last, Math.max(lowest, Math.min(this.#top, this.#index)));
  }
}
