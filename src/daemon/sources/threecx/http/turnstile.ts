import { PbxError } from './pbx-error.ts';

interface Waiting {
  enter: () => void;
  isUrgent: boolean;
}

interface TurnstileOptions {
  insideMax: number;
  /** Places that only urgent ones may take: a report that hangs must not stop live calls. */
  urgentPlaces: number;
  waitingMax: number;
}

interface Visitor {
  signal: AbortSignal;
  isUrgent: boolean;
}

/** Lets so many through at a time; the urgent ones pass those who wait, and too many waiting are refused. */
export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #waiting: Waiting[] = [];
  #urgentInside = 0;
  #patientInside = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  async pass<Result>(work: () => Promise<Result>, visitor: Visitor): Promise<Result> {
    await this.#enter(visitor);
    try {
      return await work();
    } finally {
      this.#leave(visitor.isUrgent);
    }
  }

  async #enter({ signal, isUrgent }: Visitor): Promise<void> {
    if (this.#hasPlace(isUrgent)) {
      this.#count(isUrgent, 1);
      return;
    }
    if (this.#waiting.length >= this.#options.waitingMax) {
      const detail = 'Too many requests to the phone system are waiting already. Try again in a few seconds.';
      throw new PbxError({ fault: 'busy', detail, retryAfterSeconds: 5 });
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        const place = this.#waiting.indexOf(waiting);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(new PbxError({ fault: 'timeout', detail: 'The request waited too long for its turn.' }));
      };
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting: Waiting = { isUrgent, enter };
      signal.addEventListener('abort', giveUp, { once: true });
      const firstPatient = this.#waiting.findIndex(one => !one.isUrgent);
      this.#waiting.splice(isUrgent && firstPatient >= 0 ? firstPatient : this.#waiting.length, 0, waiting);
    });
  }

  #leave(wasUrgent: boolean): void {
    this.#count(wasUrgent, -1);
    const place = this.#waiting.findIndex(({ isUrgent }) => this.#hasPlace(isUrgent));
    const [next] = place >= 0 ? this.#waiting.splice(place, 1) : [];
    if (!next) return;
    this.#count(next.isUrgent, 1);
    next.enter();
  }

  #hasPlace(isUrgent: boolean): boolean {
    const { insideMax, urgentPlaces } = this.#options;
    const inside = this.#urgentInside + this.#patientInside;
    return inside < insideMax && (isUrgent || this.#patientInside < insideMax - urgentPlaces);
  }

  #count(isUrgent: boolean, change: 1 | -1): void {
    if (isUrgent) this.#urgentInside += change;
    else this.#patientInside += change;
  }
}
