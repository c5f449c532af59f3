import { randomBytes } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Principal } from './principal.ts';

interface Issued {
  keyId: string;
  /** By `clock.elapsed()`. */
  validUntil: number;
}

/** A ticket that an event stream was opened with. Times are by `clock.elapsed()`. */
interface Kept {
  keyId: string;
  address: string;
  since: number;
  /** Null while the stream is open. */
  endedAt: number | null;
  end: () => void;
}

interface OpenedStream {
  keyId: string;
  address: string;
  end: () => void;
}

const TICKET_BYTES = 24;
const TICKET_LIFE_MS = 30_000;
/** Beyond, no more are issued until some have run out: nobody can push others' tickets out. */
const TICKETS_MAX = 10_000;
const TICKETS_PER_KEY_MAX = 500;
/** A stream that broke off can be taken up again with its ticket for so long; later the page fetches another one. */
const RETURN_WITHIN_MS = 300_000;
/** However often a stream breaks off and comes back, its ticket ends a day after it was used. */
const KEPT_LIFE_MS = 86_400_000;
/** Beyond, further tickets are good for one stream only, and their pages fetch another one for the next. */
const KEPT_MAX = 10_000;

/**
 * For browsers, which cannot send a header with a WebSocket: valid once, for 30 s, for the key that asked. A ticket
 * that opened an event stream stays good for that stream's own returns, because EventSource always comes back with
 * the address it began with (docs/decisions/0008). In memory only.
 */
export class Tickets {
  readonly #clock: Clock;
  /** In order of issue, so the first to run out is the first. */
  readonly #issued = new Map<string, Issued>();
  readonly #countByKey = new Map<string, number>();
  readonly #kept = new Map<string, Kept>();

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  issue({ keyId }: Principal): { ticket: string; expiresInMs: number } {
    this.#dropExpired();
    const held = this.#countByKey.get(keyId) ?? 0;
    if (held >= TICKETS_PER_KEY_MAX || this.#issued.size >= TICKETS_MAX) {
      const detail = `There are ${held} unused tickets of this key and ${this.#issued.size} in all. Use them, or wait ${TICKET_LIFE_MS / 1000} s.`;
      throw new AppError('E_RATE_LIMITED', { detail, retryAfterSeconds: TICKET_LIFE_MS / 1000 });
    }
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    this.#issued.set(ticket, { keyId, validUntil: this.#clock.elapsed() + TICKET_LIFE_MS });
    this.#countByKey.set(keyId, held + 1);
    return { ticket, expiresInMs: TICKET_LIFE_MS };
  }

  /** The id of the key it was issued to; null when there is no such ticket, or no longer. Either way it is gone. */
  redeem(ticket: string): string | null {
    this.#dropExpired();
    const keyId = this.#issued.get(ticket)?.keyId ?? null;
    this.#drop(ticket);
    return keyId;
  }

  /** An event stream was opened with the ticket; one that is still open with it ends. Call the answer when it has ended. */
  keep(ticket: string, opened: OpenedStream): () => void {
    const before = this.#kept.get(ticket);
    before?.end();
    if (this.#kept.size >= KEPT_MAX) this.#dropOver();
    if (before === undefined && this.#kept.size >= KEPT_MAX) return () => {};
    const kept: Kept = { ...opened, since: before?.since ?? this.#clock.elapsed(), endedAt: null };
    this.#kept.set(ticket, kept);
    return () => {
      kept.endedAt = this.#clock.elapsed();
      // What it holds of the connection is freed now, not when the ticket is over.
      kept.end = () => {};
    };
  }

  /** The id of the key for a stream that comes back, from where it was before; null when the ticket is not good for that. */
  resume(ticket: string, address: string): string | null {
    const kept = this.#kept.get(ticket);
    if (kept === undefined || this.#isOver(kept)) return null;
    return kept.address === address ? kept.keyId : null;
  }

  #isOver({ since, endedAt }: Kept): boolean {
    const now = this.#clock.elapsed();
    return endedAt !== null && (now - endedAt >= RETURN_WITHIN_MS || now - since >= KEPT_LIFE_MS);
  }

  #dropOver(): void {
    for (const [ticket, kept] of this.#kept) if (this.#isOver(kept)) this.#kept.delete(ticket);
  }

  #dropExpired(): void {
    const now = this.#clock.elapsed();
    for (const [ticket, { validUntil }] of this.#issued) {
      if (validUntil > now) return;
      this.#drop(ticket);
    }
  }

  #drop(ticket: string): void {
    const keyId = this.#issued.get(ticket)?.keyId;
    if (keyId === undefined) return;
    this.#issued.delete(ticket);
    const left = (this.#countByKey.get(keyId) ?? 0) - 1;
    if (left > 0) this.#countByKey.set(keyId, left);
    else this.#countByKey.delete(keyId);
  }
}
