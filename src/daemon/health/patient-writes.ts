interface PatientWritesOptions {
  onFault: (error: unknown) => void;
  /** All that waited is written. */
  onGood: () => void;
}

const RETRY_MS = 5000;
/** Beyond, the oldest are given up. */
const WAITING_MAX = 1000;

/** Small writes to a file that may refuse them: kept in order and tried again, never thrown at who only tells. */
export class PatientWrites {
  readonly #options: PatientWritesOptions;
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PatientWritesOptions) {
    this.#options = options;
  }

  add(write: () => void): void {
    this.#waiting.push(write);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    if (this.#timer === undefined) this.#try();
  }

  /** What cannot be written now is lost. */
  stop(): void {
    this.#try();
    clearTimeout(this.#timer);
  }

  #try(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        next();
        this.#waiting.shift();
      }
      this.#options.onGood();
    } catch (error) {
      this.#timer = setTimeout(() => this.#try(), RETRY_MS).unref();
      this.#options.onFault(error);
    }
  }
}
