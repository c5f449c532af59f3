import { backoffDelay, sleep } from '../../shared/backoff.ts';
import { AppError } from '../../shared/errors.ts';
import type { Clock, Service } from '../core/ports.ts';
import {
  type ConnectionEnd,
  type ConnectionLimits,
  type ConnectionListener,
  type SocketAddress,
  SocketConnection,
} from './socket-connection.ts';

export interface SocketLimits extends ConnectionLimits {
  /** The first retry after a connection was lost. */
  firstRetryMs: number;
  /** Every later one is jittered between this and a ceiling that doubles up to the cap; it never gives up. */
  retryFloorMs: number;
  retryCapMs: number;
  /** Open for so long, a connection counts as good, and the next retry is a first one again. */
  stableAfterMs: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  pingEveryMs: 5000,
  deadAfterMs: 15_000,
  handshakeMs: 10_000,
  frameMaxBytes: 16 * 1_048_576,
  keepAliveMs: 30_000,
  firstRetryMs: 5000,
  retryFloorMs: 1000,
  retryCapMs: 60_000,
  stableAfterMs: 60_000,
};

export interface SocketListener extends ConnectionListener {
  /** Asked before every attempt; throwing makes it a failed one. */
  address(signal: AbortSignal): Promise<SocketAddress>;
  /** Ms until the next attempt where the usual delay does not fit; null for the usual. */
  retryInMs(end: ConnectionEnd): number | null;
  closed(end: ConnectionEnd & { nextAttemptAt: number }): void;
}

interface SocketParts {
  listener: SocketListener;
  limits: SocketLimits;
  clock: Clock;
  random?: () => number;
}

/** Keeps one WebSocket open for ever: one attempt at a time, growing pauses between them. */
export class ReconnectingSocket implements Service {
  readonly #parts: SocketParts;
  readonly #life = new AbortController();
  #connection: SocketConnection | null = null;
  #pause: AbortController | null = null;
  #isHurried = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** ms since 1970 of the last sign of life of an open connection; null without one. */
  get heardAt(): number | null {
    return this.isOpen ? (this.#connection?.heardAt ?? null) : null;
  }

  start(signal: AbortSignal): void {
    this.#running = this.#run(AbortSignal.any([signal, this.#life.signal]));
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#running;
  }

  /** Ends the connection, if there is one; the usual pause follows. */
  drop(reason: string): void {
    this.#connection?.end(reason);
  }

  /** Dials now: an open connection is replaced, a pause is cut short. */
  retryNow(): void {
    this.#pause?.abort();
    if (!this.#connection) return;
    this.#isHurried = true;
    this.#connection.end('asked to reconnect');
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { listener, clock, limits } = this.#parts;
    let attempt = 0;
    while (!signal.aborted) {
      const end = await this.#connectOnce(signal);
      if (signal.aborted) return;
      attempt = end.openForMs >= limits.stableAfterMs ? 1 : attempt + 1;
      const delayMs = this.#isHurried ? 0 : (listener.retryInMs(end) ?? this.#usualDelay(attempt));
      this.#isHurried = false;
      listener.closed({ ...end, nextAttemptAt: clock.now() + delayMs });
      await this.#wait(delayMs, signal);
    }
  }

  async #connectOnce(signal: AbortSignal): Promise<ConnectionEnd> {
    const { listener, limits, clock } = this.#parts;
    try {
      const address = await listener.address(signal);
      this.#connection = new SocketConnection({ address, limits, listener, clock, signal });
      return await this.#connection.run();
    } catch (error) {
      const reason =
        error instanceof AppError
          ? error.detail
          : error instanceof Error
            ? error.message
            : 'the attempt failed';
      const retryAfterSeconds = error instanceof AppError ? error.retryAfterSeconds : null;
      const never = { wasOpen: false, openForMs: 0, heardAt: null, status: null };
      return { ...never, retryAfterSeconds, reason, cause: error };
    } finally {
      this.#connection = null;
    }
  }

  #usualDelay(attempt: number): number {
    const { limits, random } = this.#parts;
    if (attempt <= 1) return limits.firstRetryMs;
    const { retryFloorMs: floorMs, retryCapMs: capMs } = limits;
    // The ceiling begins at twice the floor: jitter needs room from its first use.
    return backoffDelay({ attempt, baseMs: floorMs, capMs, floorMs, ...(random && { random }) });
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#pause = new AbortController();
    await sleep(ms, AbortSignal.any([signal, this.#pause.signal]));
    this.#pause = null;
  }
}
