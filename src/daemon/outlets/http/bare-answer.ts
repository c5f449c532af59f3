import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../../../shared/errors.ts';
import { type Asked, LINGER_MS, problemHeaders, problemOf } from './problem.ts';

/** A problem on a socket that has no ServerResponse: a request that is none, an upgrade that is refused. */
export function answerBare(socket: Duplex, error: AppError, asked: Asked): void {
  if (socket.destroyed || socket.writableEnded) return;
  const { status } = error.kind;
  const body = JSON.stringify(problemOf(error, asked));
  const headers = {
    ...problemHeaders(error, asked),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // No time limit of node:http sees this socket any more: who never hangs up must not keep it.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  socket.resume();
}

/** What the parser of node:http did not take, or did not get in time. */
export function brokenRequest(error: Error): AppError {
  const code = 'code' in error ? error.code : null;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new AppError('E_TIMEOUT', { detail: 'The request did not come to its end in time.' });
  if (code === 'HPE_HEADER_OVERFLOW')
    return new AppError('E_HEADERS_TOO_LARGE', { detail: 'Address and headers may have 16 KiB together.' });
  return new AppError('E_BAD_REQUEST', { detail: 'This is no HTTP request.' });
}
