/** A part that runs, as the lifecycle sees it. */
interface Running {
  name: string;
  stop(): void | Promise<void>;
}

const STOP_WITHIN_MS = 10_000;

/** What was started, stopped again in reverse order: each one is tried even if another fails, all within ten seconds. */
export class Lifecycle {
  readonly #running: Running[] = [];
  readonly #onFault: (name: string, error: unknown) => void;
  #stopping: Promise<void> | null = null;

  constructor(onFault: (name: string, error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(running: Running): void {
    this.#running.push(running);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>(resolve => {
      timer = setTimeout(() => resolve('late'), STOP_WITHIN_MS);
    });
    for (const { name, stop } of this.#running.splice(0).toReversed()) {
      try {
        const outcome = await Promise.race([stop(), deadline]);
        if (outcome === 'late') this.#onFault(name, new Error(`did not stop within ${STOP_WITHIN_MS} ms`));
      } catch (error) {
        this.#onFault(name, error);
      }
    }
    clearTimeout(timer);
  }
}
