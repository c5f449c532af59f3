import { randomBytes } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Principal } from './principal.ts';

interface Issued {
  keyId: string;
  /** By `clock.elapsed()`. */
  validUntil: number;
}

const TICKET_BYTES = 24;
const TICKET_LIFE_MS = 30_000;
/** Beyond, no more are issued until some have run out: nobody can push others' tickets out. */
const TICKETS_MAX = 10_000;
const TICKETS_PER_KEY_MAX = 500;

/** For browsers, which cannot send a header with a WebSocket: valid once, for 30 s, for the key that asked. In memory only. */
export class Tickets {
  readonly #clock: Clock;
  /** In order of issue, so the first to run out is the first. */
  readonly #issued = new Map<string, Issued>();
  readonly #countByKey = new Map<string, number>();

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
