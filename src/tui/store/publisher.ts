/** What comes from the daemon is drawn at most this often; what the operator does, at once. */
const SOON_MS = 250;

/** Tells those who draw that there is something new. */
export class Publisher {
  #listeners = new Set<() => void>();
  #version = 0;
  #timer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** As React wants them: bound. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), Math.max(0, this.#toldAt + SOON_MS - performance.now()));
  }

  now(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#toldAt = performance.now();
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }
}
