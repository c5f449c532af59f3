import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import axios, { type AxiosResponse, isAxiosError } from 'axios';
import type { ThreeCxLimits } from '../options.ts';
import { PbxError } from './pbx-error.ts';

export interface Reply {
  status: number;
  contentType: string;
  retryAfterSeconds: number | null;
  text: string;
  elapsedMs: number;
  /** The Date header, and what XAPI says of its version; null where they are not told. */
  date: string | null;
  pbxVersion: string | null;
}

export interface Order {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  bodyMaxBytes?: number;
  signal: AbortSignal;
}

interface TransportOptions {
  url: URL;
  fqdn: string;
  limits: ThreeCxLimits;
}

const KEEP_ALIVE_MS = 30_000;
const HEADER_MAX_CHARS = 64;
export const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;
export const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ERR_NETWORK)$/;

/** The one place that speaks HTTP to the PBX. Every limit is explicit; any status is an answer, not an error. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #httpAgent: http.Agent;
  readonly #httpsAgent: https.Agent;

  constructor(options: TransportOptions) {
    const { limits, fqdn } = options;
    const common = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: limits.requestsMax + 1 };
    this.#options = options;
    this.#httpAgent = new TimedHttpAgent(common, limits.connectMs);
    // The certificate is for the FQDN also when we dial 127.0.0.1.
    const name = isIP(fqdn) === 0 ? { servername: fqdn } : {};
    this.#httpsAgent = new TimedHttpsAgent({ ...common, ...name }, limits.connectMs);
  }

  async send({ method, path, headers, body, bodyMaxBytes, signal }: Order): Promise<Reply> {
    const { url, fqdn, limits } = this.#options;
    const total = AbortSignal.timeout(limits.totalMs);
    const beganAt = performance.now();
    const host = url.port === '' ? fqdn : `${fqdn}:${url.port}`;
    try {
      const response = await axios.request({
        url: new URL(path, url).href,
        method,
        headers: {
          accept: 'application/json',
          'user-agent': '3cx-relay',
          ...(url.protocol === 'https:' && { host }),
          ...headers,
        },
        ...(body !== undefined && { data: body }),
        adapter: 'http',
        httpAgent: this.#httpAgent,
        httpsAgent: this.#httpsAgent,
        // A proxy from the environment would see the token.
        proxy: false,
        maxRedirects: 0,
        timeout: limits.responseMs,
        signal: AbortSignal.any([signal, total]),
        maxContentLength: bodyMaxBytes ?? limits.bodyMaxBytes,
        responseType: 'text',
        transformRequest: [data => data],
        transformResponse: [data => data],
        validateStatus: () => true,
      });
      return replyOf(response, performance.now() - beganAt);
    } catch (error) {
      const isTooLate = total.aborted || isTimeout(signal);
      throw this.#named(error, { isStopped: signal.aborted && !isTooLate, isTooLate });
    }
  }

  close(): void {
    this.#httpAgent.destroy();
    this.#httpsAgent.destroy();
  }

  #named(error: unknown, { isStopped, isTooLate }: { isStopped: boolean; isTooLate: boolean }): PbxError {
    const { limits } = this.#options;
    const code = isAxiosError(error) ? (error.code ?? '') : '';
    if (isStopped) return new PbxError({ fault: 'stopped', detail: 'The request was called off.' });
    if (error instanceof Error && error.message.includes('maxContentLength')) {
      return new PbxError({
        fault: 'tooLarge',
        detail: 'The phone system answered more than we accept at once.',
      });
    }
    if (isTooLate || code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
      const within = isTooLate ? limits.totalMs : limits.responseMs;
      return new PbxError({
        fault: 'timeout',
        detail: `The phone system did not answer within ${within / 1000} s. Look at its load, and at the network between.`,
      });
    }
    if (TLS_CODES.test(code)) {
      const detail = `The certificate is not accepted (${code}). It must be valid for FQDN and signed by a known authority.`;
      return new PbxError({ fault: 'tls', detail });
    }
    const why = UNREACHABLE.test(code) ? code : code || 'no reason given';
    const detail = `The phone system cannot be reached (${why}). Check that it runs, PBX_URL, and the firewall.`;
    return new PbxError({ fault: 'unreachable', detail });
  }
}

function replyOf({ status, headers, data }: AxiosResponse<unknown>, elapsedMs: number): Reply {
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN);
  return {
    status,
    contentType: String(headers['content-type'] ?? ''),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
    text: typeof data === 'string' ? data : '',
    elapsedMs: Math.round(elapsedMs),
    date: headerOf(headers['date']),
    pbxVersion: headerOf(headers['x-3cx-version']),
  };
}

function headerOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, HEADER_MAX_CHARS) : null;
}

/** A caller may bring a deadline of its own: running out of time is not being called off. */
function isTimeout({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.name === 'TimeoutError';
}

class TimedHttpAgent extends http.Agent {
  readonly #connectMs: number;

  constructor(options: http.AgentOptions, connectMs: number) {
    super(options);
    this.#connectMs = connectMs;
  }

  override createConnection(
    options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    return timed(super.createConnection(options, callback), 'connect', this.#connectMs);
  }
}

class TimedHttpsAgent extends https.Agent {
  readonly #connectMs: number;

  constructor(options: https.AgentOptions, connectMs: number) {
    super(options);
    this.#connectMs = connectMs;
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    return timed(super.createConnection(options, callback), 'secureConnect', this.#connectMs);
  }
}

/** Node has a time limit for silence, none for connecting. */
function timed<Socket extends Duplex | null | undefined>(
  socket: Socket,
  ready: string,
  connectMs: number,
): Socket {
  if (!socket) return socket;
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('No connection in time'), { code: 'ETIMEDOUT' }));
  }, connectMs);
  socket.once(ready, () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  return socket;
}
