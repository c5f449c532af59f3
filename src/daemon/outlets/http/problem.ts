import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { maskTokens } from '../../../shared/masks.ts';

/** RFC 9457, with our stable code and the id that finds the request in the log. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string(),
  requestId: z.string(),
});

/** For replies that hold JSON or streams of text; the rest of a browser's defences is for HTML. */
export const SECURITY_HEADERS: Record<string, string> = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Closing while the other side still sends resets the connection, and the answer may be lost with it. */
export const LINGER_MS = 1000;

export interface Asked {
  path: string;
  requestId: string;
  /** What the answer carries anyway, for example of the limits. */
  headers?: Record<string, string>;
}

/** What we did not expect keeps its details inside. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('E_INTERNAL', {
    detail: 'It is in the log under the requestId. Trying again may help.',
    cause: error,
  });
}

export function problemOf(error: AppError, { path, requestId }: Asked): z.output<typeof problemSchema> {
  return {
    type: `urn:3cx-relay:error:${error.code}`,
    title: error.kind.title,
    status: error.kind.status,
    // What somebody sent is named in it, and answers end up in logs.
    detail: maskTokens(error.detail),
    code: error.code,
    instance: maskTokens(path),
    requestId,
  };
}

export function sendProblem(response: ServerResponse, error: AppError, asked: Asked): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(problemOf(error, asked));
  const { req: request } = response;
  const isCutShort = error.code === 'E_TOO_LARGE' && !request.complete;
  response.writeHead(error.kind.status, {
    ...problemHeaders(error, asked),
    'Content-Length': Buffer.byteLength(text),
    // What is left of a refused body must not be read as the next request.
    ...(isCutShort && { Connection: 'close' }),
  });
  if (!isCutShort) {
    response.end(text);
    return;
  }
  // The end closes the connection; on a client that still sends that would be a reset, and this answer lost.
  response.write(text);
  const timer = setTimeout(() => response.end(), LINGER_MS);
  response.once('close', () => clearTimeout(timer));
  request.once('end', () => response.end());
  request.resume();
}

export function problemHeaders(error: AppError, { requestId, headers }: Asked): Record<string, string> {
  return {
    ...SECURITY_HEADERS,
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'X-Request-Id': requestId,
    ...(error.retryAfterSeconds !== null && { 'Retry-After': String(Math.ceil(error.retryAfterSeconds)) }),
    ...(error.kind.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  };
}
