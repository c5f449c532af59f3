import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import polka from 'polka';
import { AppError } from '../../../shared/errors.ts';
import { checkedBody, checkedQuery } from './checked-input.ts';
import { asAppError, SECURITY_HEADERS, sendProblem } from './problem.ts';
import type { Reply, Route } from './route.ts';

/** Who is asking, and what is to be said about the limits that apply to him. */
export interface Admission<Who> {
  who: Who;
  headers: Record<string, string>;
}

export interface HttpAppOptions<Who> {
  routes: readonly Route<Who>[];
  /** Throws an AppError where the asker may not; the default is no. */
  admit(request: IncomingMessage, route: Route<Who>): Promise<Admission<Who>>;
  /** Before anything else: Host, Origin. May return headers for the answer. */
  greet(request: IncomingMessage): Record<string, string>;
  onError(error: unknown, about: { requestId: string; method: string; route: string }): void;
  onDone(about: { requestId: string; method: string; route: string; status: number; ms: number }): void;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  params: Record<string, unknown>;
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: 65_000,
};
const REQUESTS_PER_SOCKET_MAX = 1000;
const HEADERS_MAX = 100;
const CONNECTIONS_MAX = 2500;
const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** polka made safe: it catches nothing, so every handler runs through one wrapper that awaits, catches and answers. */
export class HttpApp<Who> {
  readonly server: Server;
  readonly #options: HttpAppOptions<Who>;
  readonly #router: polka.Polka;
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpAppOptions<Who>) {
    this.#options = options;
    this.server = createServer(LIMITS);
    const router = polka({
      server: this.server,
      onNoMatch: (request, response) => this.#noMatch(request, response),
    });
    router.use((request, response, next) => {
      if (isOdd(request))
        this.#refuse(
          request,
          response,
          new AppError('E_BAD_REQUEST', { detail: 'The request is malformed.' }),
        );
      else if (request.method === 'OPTIONS') this.#preflight(request, response);
      else next();
    });
    for (const route of options.routes) {
      router.add(route.method, route.path, (request, response) => {
        void this.#serve(route, { request, response, params: { ...request.params } });
      });
    }
    this.#router = router;
    this.server.maxRequestsPerSocket = REQUESTS_PER_SOCKET_MAX;
    this.server.maxHeadersCount = HEADERS_MAX;
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('clientError', (_, socket) =>
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    );
    this.server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.setKeepAlive(true, 30_000);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.#router.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** Idle connections go at once, busy ones when `deadlineMs` has passed. */
  async close(deadlineMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(route: Route<Who>, { request, response, params: raw }: Exchange): Promise<void> {
    const started = performance.now();
    const requestId = requestIdOf(request);
    const about = { requestId, method: request.method ?? '', route: route.path };
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
      this.#options.onDone({ ...about, status: response.statusCode, ms: performance.now() - started });
    });
    response.on('error', () => response.destroy());
    try {
      const greeting = this.#options.greet(request);
      const { who, headers } = await this.#options.admit(request, route);
      const query = checkedQuery(searchOf(request), route.query);
      const body = await checkedBody(request, route.body);
      const params = decoded(raw);
      for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, ...greeting, ...headers }))
        response.setHeader(name, value);
      response.setHeader('X-Request-Id', requestId);
      const reply = await route.handle({ params, query, body, who, request, response, signal: gone.signal });
      if (reply !== 'taken') write(response, reply);
    } catch (error) {
      const problem = asAppError(error);
      if (problem.code === 'E_INTERNAL') this.#options.onError(error, about);
      sendProblem(response, problem, { path: pathOf(request), requestId });
    }
  }

  /** Browsers ask before they send a key; only allowed origins get an answer they can use. */
  #preflight(request: IncomingMessage, response: ServerResponse): void {
    try {
      response.writeHead(204, { ...SECURITY_HEADERS, ...this.#options.greet(request) });
      response.end();
    } catch (error) {
      this.#refuse(request, response, asAppError(error));
    }
  }

  #noMatch(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    const methods = this.#options.routes
      .filter(route => patternOf(route.path).test(path))
      .map(route => route.method);
    if (methods.length === 0) {
      const detail = 'There is no such address; /relay/openapi.json lists what there is.';
      return this.#refuse(request, response, new AppError('E_NOT_FOUND', { detail }));
    }
    response.setHeader('Allow', methods.join(', '));
    this.#refuse(
      request,
      response,
      new AppError('E_METHOD', { detail: `Possible here: ${methods.join(', ')}.` }),
    );
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void {
    sendProblem(response, error, { path: pathOf(request), requestId: requestIdOf(request) });
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

export function searchOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/** Node lets through two Host headers, absolute targets and dot segments; nobody honest sends them. */
function isOdd(request: IncomingMessage): boolean {
  const url = request.url ?? '';
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return (
    !url.startsWith('/') ||
    url.startsWith('//') ||
    /(^|\/)\.{1,2}(\/|\?|$)/.test(url.split('?')[0] ?? '') ||
    hosts.length > 1
  );
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function decoded(params: Record<string, unknown>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(String(value))]),
    );
  } catch {
    throw new AppError('E_BAD_REQUEST', { detail: 'The path holds a broken escape.' });
  }
}

function write(response: ServerResponse, reply: Exclude<Reply, 'taken'>): void {
  const isText = 'text' in reply;
  const text = isText ? reply.text : reply.body === undefined ? '' : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    ...reply.headers,
    'Content-Type': isText ? reply.type : 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
