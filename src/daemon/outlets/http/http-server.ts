import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerBare, brokenRequest } from './bare-answer.ts';
import { HEADERS_MAX } from './request-parts.ts';

export interface HttpLimits {
  headersTimeout: number;
  requestTimeout: number;
  connectionsCheckingInterval: number;
  keepAliveTimeout: number;
  /** Nothing moved in either direction: an answer that nobody takes must not hold a connection for ever. */
  timeout: number;
  /** Beyond, a connection is closed as soon as it is made. */
  connectionsMax: number;
}

const LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: 65_000,
  timeout: 120_000,
  connectionsMax: 2500,
};
const REQUESTS_PER_SOCKET_MAX = 1000;
const KEEP_ALIVE_PROBE_MS = 30_000;

/** node:http with every limit set. It knows its connections, so that it can answer what is no request, and end in time. */
export class HttpServer {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  /** What each connection was last asked. */
  readonly #latest = new WeakMap<Duplex, ServerResponse>();

  constructor(given: Partial<HttpLimits>) {
    const { timeout, connectionsMax, ...limits } = { ...LIMITS, ...given };
    // Who offers some other protocol is answered in this one.
    this.server = createServer({ ...limits, shouldUpgradeCallback: isWebSocket });
    this.server.timeout = timeout;
    this.server.maxConnections = connectionsMax;
    this.server.maxRequestsPerSocket = REQUESTS_PER_SOCKET_MAX;
    // What is beyond it is not even seen, so one more shows that there are too many.
    this.server.maxHeadersCount = HEADERS_MAX + 1;
    this.server.on('clientError', (error, socket) => this.#broken(error, socket));
    this.server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** To be told of every request: an answer under way is no place for another one. */
  asked(response: ServerResponse): void {
    this.#latest.set(response.req.socket, response);
  }

  /** Idle connections go at once, busy ones when `deadlineMs` has passed. */
  async close(deadlineMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    // Not idle to node:http: browsers connect ahead of what they may ask.
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  #broken(error: Error, socket: Duplex): void {
    const latest = this.#latest.get(socket);
    const isAnswering = latest?.writableEnded === false && (latest.headersSent || latest.req.complete);
    if (isAnswering || !socket.writable) socket.destroy();
    else answerBare(socket, brokenRequest(error), { path: '', requestId: randomUUID() });
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}
