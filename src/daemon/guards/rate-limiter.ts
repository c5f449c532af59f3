import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../core/ports.ts';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, by `clock.elapsed()`. */
  at: number;
}

export interface RateVerdict {
  isAllowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until all of the limit is there again. */
  resetSeconds: number;
  /** Seconds until one more request is possible; null when it is now. */
  retryAfterSeconds: number | null;
}

/** Beyond, the one used longest ago is forgotten, which gives it its full limit back. */
const BUCKETS_MAX = 10_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1000;

/** Token buckets in memory: a minute's worth at once, then as they drip. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #bucketsMax: number;
  /** In order of last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ clock, bucketsMax = BUCKETS_MAX }: { clock: Clock; bucketsMax?: number }) {
    this.#clock = clock;
    this.#bucketsMax = bucketsMax;
  }

  /** Takes one token from the bucket of this name. A refused request costs nothing. */
  take(name: string, perMinute: number): RateVerdict {
    const now = this.#clock.elapsed();
    const { tokens, at } = this.#buckets.get(name) ?? { tokens: perMinute, at: now };
    const msPerToken = MS_PER_MINUTE / perMinute;
    const before = Math.min(perMinute, tokens + (now - at) / msPerToken);
    const isAllowed = before >= 1;
    const after = isAllowed ? before - 1 : before;
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: after, at: now });
    this.#forgetOldest();
    return {
      isAllowed,
      limit: perMinute,
      remaining: Math.floor(after),
      resetSeconds: Math.ceil(((perMinute - after) * msPerToken) / MS_PER_SECOND),
      retryAfterSeconds:
        after >= 1 ? null : Math.max(1, Math.ceil(((1 - after) * msPerToken) / MS_PER_SECOND)),
    };
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= this.#bucketsMax) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** The headers are still a draft, so only this function knows them. */
export function rateHeaders(verdict: RateVerdict): Record<string, string> {
  const { isAllowed, limit, remaining, resetSeconds, retryAfterSeconds } = verdict;
  const headers: Record<string, string> = {
    'RateLimit-Limit': `${limit}`,
    'RateLimit-Remaining': `${remaining}`,
    'RateLimit-Reset': `${resetSeconds}`,
  };
  if (!isAllowed && retryAfterSeconds !== null) headers['Retry-After'] = `${retryAfterSeconds}`;
  return headers;
}

export function rateExceeded({ limit, retryAfterSeconds }: RateVerdict): AppError {
  const seconds = retryAfterSeconds ?? 1;
  const detail = `More than ${limit} requests a minute. Try again in ${seconds} s, or ask for a higher limit.`;
  return new AppError('E_RATE_LIMITED', { detail, retryAfterSeconds: seconds });
}
