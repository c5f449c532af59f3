import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import polka from 'polka';
import { AppError } from '../../../shared/errors.ts';
import { checkedBody, checkedQuery } from './checked-input.ts';
import { type HttpLimits, HttpServer } from './http-server.ts';
import { asAppError, SECURITY_HEADERS, sendProblem } from './problem.ts';
import { pathOf, refuseOdd, requestIdOf, searchOf } from './request-parts.ts';
import type { Reply, Route } from './route.ts';

/** Who is asking, and what is to be said about the limits that apply to him. */
export interface Admission<Who> {
  who: Who;
  headers: Record<string, string>;
}

export interface HttpAppOptions<Who> {
  routes: readonly Route<Who>[];
  limits: Partial<HttpLimits>;
  /** Throws an AppError where the asker may not; the default is no. */
  admit(request: IncomingMessage, route: Route<Who>): Promise<Admission<Who>>;
  /** Before anything else: Host, Origin. May return headers for the answer. */
  greet(request: IncomingMessage): Record<string, string>;
  /** Where all addresses are listed, for whoever asks for one that is none. */
  descriptionPath: string;
  onError(error: unknown, about: { requestId: string; method: string; route: string }): void;
  onDone(about: {
    requestId: string;
    method: string;
    route: string;
    status: number;
    ms: number;
    request: IncomingMessage;
  }): void;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  params: Record<string, unknown>;
}

/** After a restart all clients come at once; whom the kernel turns away waits a second or more before it tries again. */
const BACKLOG = 4096;

/** polka made safe: it catches nothing, so every handler runs through one wrapper that awaits, catches and answers. */
export class HttpApp<Who> {
  readonly #options: HttpAppOptions<Who>;
  readonly #http: HttpServer;

  constructor(options: HttpAppOptions<Who>) {
    this.#options = options;
    this.#http = new HttpServer(options.limits);
    const router = polka({
      onNoMatch: (request, response) => this.#noMatch(request, response),
    });
    router.use((request, response, next) => {
      this.#http.asked(response);
      if (this.#greets(request, response)) {
        if (request.method === 'OPTIONS') response.writeHead(204, SECURITY_HEADERS).end();
        else next();
      }
    });
    for (const route of options.routes) {
      router.add(route.method, route.path, (request, response) => {
        void this.#serve(route, { request, response, params: { ...request.params } });
      });
    }
    this.server.on('request', router.handler);
  }

  get server(): Server {
    return this.#http.server;
  }

  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port, host, backlog: BACKLOG }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  close(deadlineMs: number): Promise<void> {
    return this.#http.close(deadlineMs);
  }

  async #serve(route: Route<Who>, { request, response, params: raw }: Exchange): Promise<void> {
    const started = performance.now();
    const requestId = requestIdOf(request);
    const about = { requestId, method: request.method ?? '', route: route.path };
    const signalOf = departureOf(response);
    const headers: Record<string, string> = { ...SECURITY_HEADERS, 'X-Request-Id': requestId };
    response.on('close', () => {
      this.#options.onDone({
        ...about,
        status: response.statusCode,
        ms: performance.now() - started,
        request,
      });
    });
    response.on('error', () => response.destroy());
    try {
      const admission = await this.#options.admit(request, route);
      const { who } = admission;
      Object.assign(headers, admission.headers);
      const query = checkedQuery(searchOf(request), route.query);
      const body = await checkedBody(request, route.body);
      const params = decoded(raw);
      const reply = await route.handle({
        ...{ params, query, body, who, request, response, headers },
        get signal() {
          return signalOf();
        },
      });
      if (reply !== 'taken') write(response, reply, headers);
    } catch (error) {
      const problem = asAppError(error);
      if (problem.code === 'E_INTERNAL') this.#options.onError(error, about);
      sendProblem(response, problem, { path: pathOf(request), requestId, headers });
    }
  }

  /** Browsers let a page read an answer, a refusal too, only when it has these headers; other origins get none. */
  #greets(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      refuseOdd(request);
      for (const [name, value] of Object.entries(this.#options.greet(request)))
        response.setHeader(name, value);
      return true;
    } catch (error) {
      this.#refuse(request, response, asAppError(error));
      return false;
    }
  }

  #noMatch(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    const methods = this.#options.routes
      .filter(route => patternOf(route.path).test(path))
      .map(route => route.method);
    if (methods.length === 0) {
      const detail = `There is no such address; ${this.#options.descriptionPath} lists what there is.`;
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

function decoded(params: Record<string, unknown>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(String(value))]),
    );
  } catch {
    throw new AppError('E_BAD_REQUEST', { detail: 'The path holds a broken escape.' });
  }
}

/** A signal that ends when the asker has gone. Most answers are short and never need it, so it is made when asked for. */
function departureOf(response: ServerResponse): () => AbortSignal {
  let gone: AbortController | undefined;
  return () => {
    if (gone) return gone.signal;
    const controller = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    if (response.destroyed) controller.abort();
    gone = controller;
    return controller.signal;
  };
}

function write(
  response: ServerResponse,
  reply: Exclude<Reply, 'taken'>,
  common: Record<string, string>,
): void {
  const content = contentOf(reply);
  response.writeHead(reply.status, {
    ...common,
    ...reply.headers,
    'Content-Type': 'text' in reply ? reply.type : 'application/json; charset=utf-8',
    'Content-Length': content.length,
  });
  response.end(content);
}

function contentOf(reply: Exclude<Reply, 'taken'>): Buffer {
  if ('json' in reply) return reply.json;
  if ('text' in reply) return Buffer.from(reply.text);
  return Buffer.from(reply.body === undefined ? '' : JSON.stringify(reply.body));
}
