/**
 * Every error we expect, in one table: how it is told over HTTP, over a WebSocket and by an exit code. The code is
 * stable; texts may change.
 */
interface ErrorKind {
  status: number;
  title: string;
  /** Close code on a WebSocket, where the error can end one. */
  close?: number;
  exit?: number;
}

export const ERRORS = {
  E_BAD_REQUEST: { status: 400, title: 'The request is not understood', close: 4400, exit: 2 },
  E_UNKNOWN_PARAMETER: { status: 400, title: 'A parameter does not exist', close: 4400, exit: 2 },
  E_KEY_MISSING: { status: 401, title: 'An API key is needed', close: 4401, exit: 4 },
  E_KEY_INVALID: { status: 401, title: 'The API key is not valid', close: 4401, exit: 4 },
  E_KEY_EXPIRED: { status: 401, title: 'The API key has expired or was revoked', close: 4401, exit: 4 },
  E_LOGIN_FAILED: { status: 401, title: 'Name or password is not right', exit: 4 },
  E_LOGIN_NEEDED: { status: 401, title: 'A valid login or token is needed', exit: 4 },
  E_FORBIDDEN: { status: 403, title: 'This is not allowed', close: 4403, exit: 4 },
  E_ORIGIN: { status: 403, title: 'This origin is not allowed', close: 4403, exit: 4 },
  E_NOT_FOUND: { status: 404, title: 'There is no such thing', exit: 5 },
  E_METHOD: { status: 405, title: 'This method is not possible here' },
  E_TIMEOUT: { status: 408, title: 'It took too long', close: 4408, exit: 7 },
  E_CONFLICT: { status: 409, title: 'The state does not allow this' },
  E_TOO_LARGE: { status: 413, title: 'The message is too large', close: 1009 },
  E_MEDIA_TYPE: { status: 415, title: 'Only application/json is understood' },
  E_HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  E_REFUSED_BY_PBX: { status: 422, title: 'The phone system refused', exit: 6 },
  E_RATE_LIMITED: { status: 429, title: 'Too many requests', close: 4429, exit: 1 },
  E_TOO_MANY_CLIENTS: { status: 429, title: 'Too many connections', close: 4429, exit: 1 },
  E_BACKUP: { status: 422, title: 'The backup cannot be used', exit: 1 },
  E_INTERNAL: { status: 500, title: 'Something went wrong on our side', close: 1011, exit: 1 },
  E_NOT_SUPPORTED: { status: 501, title: 'The phone system cannot do this', exit: 6 },
  E_UPSTREAM: { status: 502, title: 'The phone system did not answer as expected', exit: 6 },
  E_UNAVAILABLE: { status: 503, title: 'Not available at the moment', close: 1013, exit: 6 },
  E_UPSTREAM_TIMEOUT: { status: 504, title: 'The phone system did not answer in time', exit: 7 },
  E_CONFIG: { status: 422, title: 'The configuration is not valid', exit: 78 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

interface AppErrorOptions {
  /** What happened and what to do next, for whoever asked. Never a secret, a stack or an upstream body. */
  detail: string;
  /** Seconds after which trying again makes sense. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, { detail, retryAfterSeconds, cause }: AppErrorOptions) {
    super(`${code}: ${detail}`, { cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}

/** For switches over closed unions: the compiler proves that it is never called. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}`);
}
