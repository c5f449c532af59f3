import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import polka from 'polka';
import { AppError } from '../../../shared/errors.ts';
import { checkedBody, checkedQuery } from './checked-input.ts';
import { type Admission, type Asked, Call, Exchange, type Found } from './exchange.ts';
import { type HttpLimits, HttpServer } from './http-server.ts';
import { asAppError, SECURITY_HEADERS, sendProblem } from './problem.ts';
import { pathOf, refuseOdd, requestIdOf, searchOf } from './request-parts.ts';
import type { Route } from './route.ts';

export interface HttpAppOptions<Who> {
  routes: readonly Route<Who>[];
  limits: Partial<HttpLimits>;
  /** Throws an AppError where the asker may not; the default is no. */
  admit(asked: Asked, route: Route<Who>): Promise<Admission<Who>> | Admission<Who>;
  /** Before anything else: Host, Origin. May return headers for the answer. */
  greet(request: IncomingMessage): Record<string, string> | null;
  /** Where all addresses are listed, for whoever asks for one that is none. */
  descriptionPath: string;
  onError(error: unknown, about: { requestId: string; method: string; route: string }): void;
  onDone(about: {
    requestId: string;
    method: string;
    route: string;
    status: number;
    ms: number;
    asker: string;
  }): void;
}

type Params = Record<string, unknown>;

const NOTHING: Record<string, never> = Object.freeze({});

/** After a restart all clients come at once; whom the kernel turns away waits a second or more before it tries again. */
const BACKLOG = 4096;

/**
 * polka made safe: it catches nothing, so every handler runs through one wrapper that catches and answers. What can be
 * answered at once is: a promise on the way would cost as much as the guards.
 */
export class HttpApp<Who> {
  readonly #options: HttpAppOptions<Who>;
  readonly #http: HttpServer;
  /** The routes without names in their path, by path: they need no search. polka finds the others. */
  readonly #plainGets: ReadonlyMap<string, Route<Who>>;

  constructor(options: HttpAppOptions<Who>) {
    this.#options = options;
    this.#http = new HttpServer(options.limits);
    const router = polka({
      onNoMatch: (request, response) => this.#noMatch(request, response),
    });
    for (const route of options.routes) {
      router.add(route.method, route.path, (request, response) => {
        this.#serve({ route, request, response }, request.params);
      });
    }
    const plainGets = options.routes.filter(({ method, path }) => method === 'GET' && !path.includes(':'));
    this.#plainGets = new Map(plainGets.map(route => [route.path, route]));
    this.server.on('request', (request, response) => {
      this.#http.asked(response);
      if (!this.#greets(request, response)) return;
      const route = request.method === 'GET' ? this.#plainGets.get(pathOf(request)) : undefined;
      if (route) this.#serve({ route, request, response }, NOTHING);
      else if (request.method === 'OPTIONS') response.writeHead(204, SECURITY_HEADERS).end();
      else router.handler(request as polka.Request, response);
    });
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

  #serve(found: Found<Who>, params: Params): void {
    const started = performance.now();
    const exchange = new Exchange(found);
    const { request, response, route, requestId } = exchange;
    response.on('close', () => {
      this.#options.onDone({
        requestId,
        method: request.method ?? '',
        route: route.path,
        status: response.statusCode,
        ms: performance.now() - started,
        asker: exchange.asker,
      });
    });
    response.on('error', () => response.destroy());
    try {
      const admission = this.#options.admit(exchange, route);
      const done =
        admission instanceof Promise
          ? admission.then(late => this.#admitted(exchange, late, params))
          : this.#admitted(exchange, admission, params);
      done?.catch(error => this.#fail(exchange, error));
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #admitted(
    exchange: Exchange<Who>,
    { who, headers }: Admission<Who>,
    params: Params,
  ): Promise<void> | undefined {
    const { request, route } = exchange;
    exchange.limits = headers;
    const query = checkedQuery(searchOf(request), route.query);
    if (route.body === undefined) {
      return exchange.answer(new Call({ exchange, who, query, body: {}, params: decoded(params) }));
    }
    return checkedBody(request, route.body).then(body =>
      exchange.answer(new Call({ exchange, who, query, body, params: decoded(params) })),
    );
  }

  #fail(exchange: Exchange<Who>, error: unknown): void {
    const { request, response, route, requestId, limits } = exchange;
    const problem = asAppError(error);
    if (problem.code === 'E_INTERNAL')
      this.#options.onError(error, { requestId, method: request.method ?? '', route: route.path });
    sendProblem(response, problem, { path: pathOf(request), requestId, ...(limits && { headers: limits }) });
  }

  /** Browsers let a page read an answer, a refusal too, only when it has these headers; other origins get none. */
  #greets(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      refuseOdd(request);
      const headers = this.#options.greet(request);
      if (headers !== null)
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
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

function decoded(params: Params): Record<string, string> {
  if (params === NOTHING) return NOTHING;
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(String(value))]),
    );
  } catch {
    throw new AppError('E_BAD_REQUEST', { detail: 'The path holds a broken escape.' });
  }
}
