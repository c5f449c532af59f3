import type { LoggedRecord } from './call-log.ts';

interface PostParts {
  deliver: (entry: LoggedRecord) => void;
  /** Runs the work when that many story milliseconds have passed. */
  after: (delayMs: number, work: () => void) => void;
}

/** About 1 kB each; beyond it the oldest is delivered before its time, so that none is lost. */
const WAITING_MAX = 100_000;
const MS_PER_SECOND = 1000;

/** Brings records to those who keep them, late if need be, always in the order their segments ended. */
export class RecordPost {
  readonly #parts: PostParts;
  readonly #waiting: { entry: LoggedRecord; isDue: boolean }[] = [];

  constructor(parts: PostParts) {
    this.#parts = parts;
  }

  post(entry: LoggedRecord, delaySeconds: number): void {
    if (delaySeconds === 0 && this.#waiting.length === 0) {
      this.#parts.deliver(entry);
      return;
    }
    const item = { entry, isDue: false };
    this.#waiting.push(item);
    this.#parts.after(delaySeconds * MS_PER_SECOND, () => this.#release(item));
    const [oldest] = this.#waiting;
    if (this.#waiting.length > WAITING_MAX && oldest) this.#release(oldest);
  }

  /** A delay that was turned down does not let a later record overtake an earlier one. */
  #release(item: { isDue: boolean }): void {
    item.isDue = true;
    while (this.#waiting[0]?.isDue) {
      const first = this.#waiting.shift();
      if (first) this.#parts.deliver(first.entry);
    }
  }
}
