import type { Clock } from '../../../core/ports.ts';
import type { ThreeCxLimits } from '../options.ts';
import { bodyOf, faultOf } from './answer-faults.ts';
import { PbxError, type UpstreamFault } from './pbx-error.ts';
import type { TokenManager } from './tokens.ts';
import type { Order, Reply, Transport } from './transport.ts';
import { Turnstile } from './turnstile.ts';

/** An answer that took longer says little about the time. */
const SKEW_WITHIN_MS = 5000;
/** For reports: a page of history is larger than anything live. */
export const HISTORY_BODY_MAX_BYTES = 20 * 1_048_576;

interface Request {
  signal: AbortSignal;
  bodyMaxBytes?: number;
  /** Live calls and commands: passes those who wait, and has places of its own. */
  isUrgent?: boolean;
}

type Unsigned = Omit<Order, 'headers'>;

interface ClientParts {
  transport: Transport;
  tokens: TokenManager;
  clock: Clock;
  limits: ThreeCxLimits;
  /** Told each request that the phone system refused or failed. */
  onFault?: ((fault: UpstreamFault) => void) | undefined;
}

/** REST of 3CX, XAPI and call control alike: token, one renewal, limits, and errors in words. Never retries by itself. */
export class XapiClient {
  readonly #parts: ClientParts;
  readonly #turnstile: Turnstile;
  /** By area, until when nothing is asked. */
  readonly #silentUntil = new Map<string, number>();
  #latencyMs: number | null = null;
  #skewMs: number | null = null;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const { requestsMax: insideMax, urgentPlaces, waitingMax } = parts.limits;
    this.#turnstile = new Turnstile({ insideMax, urgentPlaces, waitingMax });
  }

  /** Of the last answer. */
  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  /** By how much the phone system's clock is ahead of ours, to about a second; null while it has not said. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /** Throws a PbxError, or a ProtocolError when the answer is no JSON we read. */
  get(path: string, request: Request): Promise<unknown> {
    return this.#ask({ method: 'GET', path, ...request });
  }

  post(path: string, body: unknown, request: Request): Promise<unknown> {
    return this.#ask({ method: 'POST', path, body: JSON.stringify(body), ...request });
  }

  async #ask(order: Unsigned & Request): Promise<unknown> {
    try {
      return await this.#answer(order);
    } catch (error) {
      // A leg that is over by the time we ask is no fault.
      const isNews = error instanceof PbxError && error.fault !== 'stopped' && error.fault !== 'missing';
      if (isNews)
        this.#parts.onFault?.({
          fault: error.fault,
          method: order.method,
          path: order.path,
          detail: error.detail,
        });
      throw error;
    }
  }

  async #answer(order: Unsigned & Request): Promise<unknown> {
    const { limits, tokens } = this.#parts;
    const signal = AbortSignal.any([order.signal, AbortSignal.timeout(limits.totalMs)]);
    const reply = await this.#turnstile.pass(() => this.#withToken({ ...order, signal }), {
      signal,
      isUrgent: order.isUrgent ?? false,
    });
    this.#latencyMs = reply.elapsedMs;
    // A cached or late answer tells an old time, so only what came quickly counts.
    const serverTime = reply.elapsedMs < SKEW_WITHIN_MS ? Date.parse(reply.date ?? '') : Number.NaN;
    if (!Number.isNaN(serverTime)) this.#skewMs = serverTime - this.#parts.clock.now();
    if (reply.status >= 200 && reply.status < 300) return bodyOf(reply);
    const fault = faultOf(reply, { path: order.path, roles: tokens.roles });
    if (fault.fault === 'throttled') this.#fallSilent(areaOf(order.path), fault);
    throw fault;
  }

  async #withToken(order: Unsigned): Promise<Reply> {
    const { tokens, clock } = this.#parts;
    const silentMs = (this.#silentUntil.get(areaOf(order.path)) ?? 0) - clock.elapsed();
    if (silentMs > 0) {
      const detail = 'The phone system has asked us to slow down; nothing is asked until then.';
      throw new PbxError({ fault: 'throttled', detail, retryAfterSeconds: Math.ceil(silentMs / 1000) });
    }
    const token = await tokens.token();
    const first = await this.#send(order, token);
    if (first.status !== 401) return first;
    return this.#send(order, await tokens.replace(token));
  }

  #send(order: Unsigned, token: string): Promise<Reply> {
    const { method, path, body, bodyMaxBytes, signal } = order;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    return this.#parts.transport.send({
      ...{ method, path, headers, signal },
      ...(body !== undefined && { body }),
      ...(bodyMaxBytes !== undefined && { bodyMaxBytes }),
    });
  }

  #fallSilent(area: string, { retryAfterSeconds }: PbxError): void {
    const { limits, clock } = this.#parts;
    const asked = retryAfterSeconds === null ? limits.throttledMs : retryAfterSeconds * 1000;
    this.#silentUntil.set(area, clock.elapsed() + Math.min(asked, limits.throttledMaxMs));
  }
}

/** Too many reports are no reason to stop listening to calls. */
function areaOf(path: string): string {
  return path.startsWith('/callcontrol') ? 'callcontrol' : 'xapi';
}
