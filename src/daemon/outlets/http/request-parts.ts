import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../shared/errors.ts';

export const HEADERS_MAX = 100;
/** Nobody writes into it. */
const NO_SEARCH = new URLSearchParams();
const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

export function searchOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return start < 0 ? NO_SEARCH : new URLSearchParams(url.slice(start + 1));
}

/** A client's own id where it is harmless, so that both sides find the request in their logs. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Node lets through two Host headers, absolute targets and dot segments; nobody honest sends them. Throws for them. */
export function refuseOdd(request: IncomingMessage): void {
  const { url = '', rawHeaders } = request;
  if (rawHeaders.length / 2 > HEADERS_MAX) {
    throw new AppError('E_HEADERS_TOO_LARGE', { detail: `A request may have ${HEADERS_MAX} headers.` });
  }
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  const isOdd =
    !url.startsWith('/') ||
    url.startsWith('//') ||
    (url.includes('/.') && /\/\.{1,2}(\/|$)/.test(pathOf(request))) ||
    hosts > 1;
  if (isOdd) throw new AppError('E_BAD_REQUEST', { detail: 'The request is malformed.' });
}
