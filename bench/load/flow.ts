import { setTimeout as wait } from 'node:timers/promises';
import type { Crowd } from './crowd.ts';
import type { Upstream } from './upstream.ts';

interface LoopOptions {
  upstream: Upstream;
  crowd: Crowd;
  /** Events the upstream sends at once. */
  batch: number;
  /** Batches on their way; the next is sent when the last client has the oldest. */
  inFlight: number;
  /** Of a batch, how many events each client is to get. */
  perClient: number;
}

const STUCK_MS = 30_000;

/**
 * As fast as the server takes it and no faster: nothing queues without bound, and no client is overrun. An event that
 * is lost stops the loop, so a run that ends has lost none.
 */
export class ClosedLoop {
  readonly #options: LoopOptions;
  readonly #left: number[];
  #completed = 0;
  #isStopping = false;
  #underway = 0;
  #drained: (() => void) | null = null;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#left = Array.from({ length: options.inFlight }, () => options.crowd.listeners.length);
    for (const listener of options.crowd.listeners) {
      let mark = listener.events + options.perClient;
      let batch = 0;
      listener.onEvents = ({ events }) => {
        while (events >= mark) {
          mark += options.perClient;
          this.#passed(batch++);
        }
      };
    }
  }

  start(): void {
    for (let i = 0; i < this.#options.inFlight; i++) this.#send();
  }

  /** Resolves when every client has all that was sent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#underway > 0) {
      const drained = new Promise<'drained'>(resolve => {
        this.#drained = () => resolve('drained');
      });
      const giveUp = new AbortController();
      const stuck = wait(STUCK_MS, 'stuck' as const, { signal: giveUp.signal }).catch(
        () => 'drained' as const,
      );
      if ((await Promise.race([drained, stuck])) === 'stuck') throw new Error(this.#whyStuck());
      giveUp.abort();
    }
    for (const listener of this.#options.crowd.listeners) listener.onEvents = null;
  }

  #send(): void {
    this.#underway += 1;
    this.#options.upstream.send(this.#options.batch);
  }

  #passed(batch: number): void {
    const slot = batch % this.#options.inFlight;
    const left = (this.#left[slot] ?? 0) - 1;
    this.#left[slot] = left;
    if (left > 0) return;
    this.#left[slot] = this.#options.crowd.listeners.length;
    this.#completed += 1;
    this.#underway -= 1;
    if (!this.#isStopping) this.#send();
    else if (this.#underway === 0) this.#drained?.();
  }

  #whyStuck(): string {
    const { crowd } = this.#options;
    const behind = this.#left.filter(left => left > 0 && left < crowd.listeners.length);
    return (
      `For ${STUCK_MS / 1000} s not all clients got what was sent (${this.#completed} batches came, ` +
      `${this.#underway} did not; clients still without the oldest: ${behind[0] ?? crowd.listeners.length}): ` +
      `${crowd.faults() || 'no hole was seen'}`
    );
  }
}

/** So many events a second, each at its time; resolves with their number after the last. `onSend` is told just before each write. */
export async function paced(
  upstream: Upstream,
  { perSecond, seconds, onSend }: { perSecond: number; seconds: number; onSend?: () => void },
): Promise<number> {
  const beganAt = performance.now();
  const count = Math.round(perSecond * seconds);
  for (let index = 0; index < count; index++) {
    const pause = beganAt + (index * 1000) / perSecond - performance.now();
    if (pause > 0.5) await wait(pause);
    onSend?.();
    upstream.send(1);
  }
  return count;
}
