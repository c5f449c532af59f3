import { type ConditionCode, conditionOf } from '../../../shared/conditions/condition-table.ts';
import type { ConditionReporter } from '../../core/ports.ts';

/** One thing about the host or the relay itself that nobody else would notice. */
export interface Watch {
  code: ConditionCode;
  /** What is wrong, in words; null when nothing is. */
  look(): string | null;
  stop?(): void;
}

interface HostWatchOptions {
  watches: readonly Watch[];
  conditions: ConditionReporter;
  /** A watch that cannot look. */
  onFault: (code: ConditionCode, error: unknown) => void;
  everyMs?: number;
}

const LOOK_EVERY_MS = 5000;

/** Looks after disk, memory, loop, clock and keys. */
export class HostWatch {
  readonly #options: HostWatchOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HostWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), this.#options.everyMs ?? LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const watch of this.#options.watches) watch.stop?.();
  }

  look(): void {
    const { watches, conditions, onFault } = this.#options;
    for (const { code, look } of watches) {
      try {
        const wrong = look();
        if (wrong !== null) conditions.raise(code, wrong);
        // A moment is over by its own time.
        else if (conditionOf(code).staysMs === undefined) conditions.clear(code);
      } catch (error) {
        onFault(code, error);
      }
    }
  }
}
