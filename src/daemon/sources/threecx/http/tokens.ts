import { backoffDelay } from '../../../../shared/backoff.ts';
import type { Clock } from '../../../core/ports.ts';
import type { ThreeCxLimits, ThreeCxOptions } from '../options.ts';
import { PbxError, type PbxFault } from './pbx-error.ts';
import { readToken, type Token } from './token-answer.ts';
import type { Transport } from './transport.ts';

const TOKEN_PATH = '/connect/token';

interface TokenParts {
  options: Pick<ThreeCxOptions, 'clientId' | 'clientSecret'>;
  transport: Transport;
  clock: Clock;
  limits: ThreeCxLimits;
  signal: AbortSignal;
  random?: () => number;
}

interface HeldToken extends Token {
  renewAt: number;
  endsAt: number;
}

/**
 * The one access token that XAPI and call control share. 3CX: a new one kills the one before, so nobody else in
 * this process may ask for one, and two requests never ask at the same time.
 */
export class TokenManager {
  readonly #parts: TokenParts;
  #held: HeldToken | null = null;
  #flight: Promise<HeldToken> | null = null;
  /** Until then nobody is asked, and everybody gets this error. */
  #barrier: { until: number; error: PbxError } | null = null;
  #failures = 0;
  #renewals = { count: 0, lastAt: Number.NEGATIVE_INFINITY };
  #roles: readonly string[] | null = null;

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /** What the last token said of our rights; null before the first, or when it did not say. */
  get roles(): readonly string[] | null {
    return this.#roles;
  }

  /** How many tokens were refused before their time, lately. */
  get renewals(): number {
    const { clock, limits } = this.#parts;
    return clock.elapsed() - this.#renewals.lastAt > limits.contestForgottenMs ? 0 : this.#renewals.count;
  }

  async token(): Promise<string> {
    const elapsed = this.#parts.clock.elapsed();
    const held = this.#held;
    if (held && elapsed < held.renewAt) return held.text;
    try {
      return (await this.#mint()).text;
    } catch (error) {
      // Renewed ahead of time: the old one is good for a while yet.
      if (held && held === this.#held && elapsed < held.endsAt) return held.text;
      throw error;
    }
  }

  /** The token was answered with 401. Renews it once, however many requests were refused with it. */
  async replace(refused: string): Promise<string> {
    if (this.#held && this.#held.text !== refused) return this.token();
    if (!this.#flight) {
      this.#held = null;
      this.#countRenewal();
    }
    return (await this.#mint()).text;
  }

  /** An operator asked, or the configuration changed: earlier refusals count no more. */
  forget(): void {
    this.#barrier = null;
    this.#failures = 0;
    this.#renewals = { count: 0, lastAt: Number.NEGATIVE_INFINITY };
  }

  #countRenewal(): void {
    const { clock, limits } = this.#parts;
    const elapsed = clock.elapsed();
    const sinceLast = elapsed - this.#renewals.lastAt;
    if (sinceLast > limits.contestForgottenMs) this.#renewals.count = 0;
    const { count } = this.#renewals;
    const pauseMs = count === 0 ? 0 : Math.min(limits.contestedCapMs, limits.contestedMs * 2 ** (count - 1));
    if (sinceLast < pauseMs) {
      this.#bar(pauseMs - sinceLast, {
        fault: 'contested',
        detail:
          'The token was refused again right after it was renewed. Another program probably uses the same client id: give each its own under Integrations > API.',
      });
      return;
    }
    this.#renewals = { count: count + 1, lastAt: elapsed };
  }

  #mint(): Promise<HeldToken> {
    const { clock } = this.#parts;
    if (this.#barrier && clock.elapsed() < this.#barrier.until) return Promise.reject(this.#barrier.error);
    this.#barrier = null;
    this.#flight ??= this.#ask().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #ask(): Promise<HeldToken> {
    const { clock, limits, transport, options, signal } = this.#parts;
    try {
      const reply = await transport.send({
        method: 'POST',
        path: TOKEN_PATH,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          client_id: options.clientId,
          client_secret: options.clientSecret,
          grant_type: 'client_credentials',
        }).toString(),
        signal,
      });
      const token = readToken(reply, clock.now());
      const { renewBeforeMs, renewAtShare } = limits;
      const renewInMs = Math.max(token.lifetimeMs - renewBeforeMs, token.lifetimeMs * renewAtShare);
      const elapsed = clock.elapsed();
      this.#held = { ...token, renewAt: elapsed + renewInMs, endsAt: elapsed + token.lifetimeMs };
      this.#roles = token.roles;
      this.#failures = 0;
      return this.#held;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof PbxError) || error.fault === 'stopped') return error;
    const { limits, random } = this.#parts;
    this.#failures += 1;
    const isOurs = error.fault === 'credentials';
    const waitMs = isOurs
      ? Math.min(limits.credentialsRetryCapMs, limits.credentialsRetryMs * 2 ** (this.#failures - 1))
      : backoffDelay({
          attempt: this.#failures,
          baseMs: limits.tokenRetryMs,
          capMs: limits.tokenRetryCapMs,
          floorMs: Math.min(limits.tokenRetryMs, limits.tokenRetryCapMs),
          ...(random && { random }),
        });
    const asked = (error.retryAfterSeconds ?? 0) * 1000;
    return this.#bar(Math.max(waitMs, Math.min(asked, limits.throttledMaxMs)), error);
  }

  #bar(
    waitMs: number,
    { fault, detail, status }: { fault: PbxFault; detail: string; status?: number | null },
  ): PbxError {
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    const known = status === null || status === undefined ? {} : { status };
    const error = new PbxError({ fault, detail, retryAfterSeconds, ...known });
    this.#barrier = { until: this.#parts.clock.elapsed() + waitMs, error };
    return error;
  }
}
