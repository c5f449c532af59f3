import { WebSocket } from 'ws';
import * as z from 'zod';

interface Trip {
  /** Without a path, http or https. */
  url: string;
  path: string;
  key: string | null;
  authorities: readonly string[];
  signal: AbortSignal;
  withinMs?: number;
}

const WITHIN_MS = 4000;
const BODY_MAX_CHARS = 4096;
const MESSAGE_MAX_BYTES = 1_048_576;

const problemSchema = z.looseObject({ code: z.string() });
const helloSchema = z.looseObject({ type: z.literal('hello'), head: z.number() });

/** How an upgrade went: a hello, our own refusal, or something that is not ours. */
export type Upgrade =
  | { kind: 'hello' }
  | { kind: 'refused'; status: number; code: string | null }
  | { kind: 'failed'; why: string };

/** Opens a WebSocket, takes the first message and leaves. Without a key our relay refuses by name, which proves the way too. */
export async function upgrade(trip: Trip): Promise<Upgrade> {
  const { url, path, key, authorities, signal, withinMs = WITHIN_MS } = trip;
  const { promise, resolve } = Promise.withResolvers<Upgrade>();
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    handshakeTimeout: withinMs,
    maxPayload: MESSAGE_MAX_BYTES,
    followRedirects: false,
    ...(authorities.length > 0 && { ca: [...authorities] }),
  });
  const giveUp = (): void => resolve({ kind: 'failed', why: 'no message in time' });
  const timer = setTimeout(giveUp, withinMs);
  signal.addEventListener('abort', giveUp, { once: true });
  socket.on('message', data => {
    const isHello = helloSchema.safeParse(asJson(String(data))).success;
    resolve(isHello ? { kind: 'hello' } : { kind: 'failed', why: 'the first message was no hello of ours' });
  });
  socket.on('unexpected-response', (_, response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (body.length < BODY_MAX_CHARS) body += chunk;
    });
    response.on('end', () => {
      const problem = problemSchema.safeParse(asJson(body));
      const code = problem.success ? problem.data.code : null;
      resolve({ kind: 'refused', status: response.statusCode ?? 0, code });
    });
  });
  socket.on('error', error => resolve({ kind: 'failed', why: error.message }));
  socket.on('close', code => resolve({ kind: 'failed', why: `closed with ${code}` }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    socket.terminate();
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
