import { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { networkOf } from '../networks.ts';

interface Attempt {
  /** By `clock.elapsed()`. */
  at: number;
}

interface Attempting {
  /** It was somebody who may: the account begins anew. */
  succeed(): void;
  /** Nothing was found out. */
  undo(): void;
  /** What a failure has locked. */
  locked(): { account: boolean; source: boolean };
}

const FAILURES_MAX = 5;
const WINDOW_MS = 15 * 60_000;
/** Of accounts and of sources each; beyond, the one used longest ago is forgotten. */
const REMEMBERED_MAX = 10_000;
/** No account has a longer name. */
const ACCOUNT_CHARS_MAX = 64;
const MS_PER_SECOND = 1000;

/**
 * Counts failed logins by account and by source. An attempt counts from its beginning, so that many at once get no
 * further than one after the other. What is locked is not tried, so it answers alike whether the account exists or not.
 */
export class Lockout {
  readonly #clock: Clock;
  readonly #rememberedMax: number;
  /** In order of last use. */
  readonly #accounts = new Map<string, Attempt[]>();
  readonly #sources = new Map<string, Attempt[]>();

  constructor({ clock, rememberedMax = REMEMBERED_MAX }: { clock: Clock; rememberedMax?: number }) {
    this.#clock = clock;
    this.#rememberedMax = rememberedMax;
  }

  /** Throws E_RATE_LIMITED while the account or the source is locked. */
  begin(accountName: string, address: string): Attempting {
    const account = accountName.slice(0, ACCOUNT_CHARS_MAX);
    const source = networkOf(address);
    const waitMs = Math.max(this.#lockedMs(this.#accounts, account), this.#lockedMs(this.#sources, source));
    if (waitMs > 0) throw locked(Math.ceil(waitMs / MS_PER_SECOND));
    const attempt = { at: this.#clock.elapsed() };
    this.#add(this.#accounts, account, attempt);
    this.#add(this.#sources, source, attempt);
    return {
      succeed: () => {
        this.#accounts.delete(account);
        // What others did wrong from there stays counted: else an own account would open all the rest.
        takeOut(this.#sources, source, attempt);
      },
      undo: () => {
        takeOut(this.#accounts, account, attempt);
        takeOut(this.#sources, source, attempt);
      },
      locked: () => ({
        account: this.#lockedMs(this.#accounts, account) > 0,
        source: this.#lockedMs(this.#sources, source) > 0,
      }),
    };
  }

  /** The account has another password now. */
  forgive(account: string): void {
    this.#accounts.delete(account);
  }

  #lockedMs(attempts: Map<string, Attempt[]>, name: string): number {
    const [oldest, ...others] = this.#recent(attempts, name);
    if (oldest === undefined || others.length + 1 < FAILURES_MAX) return 0;
    return oldest.at + WINDOW_MS - this.#clock.elapsed();
  }

  #recent(attempts: Map<string, Attempt[]>, name: string): Attempt[] {
    const since = this.#clock.elapsed() - WINDOW_MS;
    return (attempts.get(name) ?? []).filter(({ at }) => at > since);
  }

  #add(attempts: Map<string, Attempt[]>, name: string, attempt: Attempt): void {
    const recent = this.#recent(attempts, name);
    attempts.delete(name);
    attempts.set(name, [...recent, attempt]);
    if (attempts.size <= this.#rememberedMax) return;
    const [oldest] = attempts.keys();
    if (oldest !== undefined) attempts.delete(oldest);
  }
}

function takeOut(attempts: Map<string, Attempt[]>, name: string, attempt: Attempt): void {
  const left = (attempts.get(name) ?? []).filter(one => one !== attempt);
  if (left.length > 0) attempts.set(name, left);
  else attempts.delete(name);
}

function locked(seconds: number): AppError {
  const detail = `Too many failed logins for this name or from this place. Try again in ${Math.ceil(seconds / 60)} min.`;
  return new AppError('E_RATE_LIMITED', { detail, retryAfterSeconds: seconds });
}
