import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from './problem.ts';
import { requestIdOf } from './request-parts.ts';
import type { Reply, Route, RouteCall } from './route.ts';

const SECURITY_LIST = Object.entries(SECURITY_HEADERS).flat();

/** A request before the guards. */
export interface Asked {
  readonly request: IncomingMessage;
  /** Set by the guards as soon as they know whose key it is, whatever comes of it; empty for nobody's. */
  asker: string;
}

/** Who is asking, and what is to be said about the limits that apply to him. */
export interface Admission<Who> {
  who: Who;
  headers: Record<string, string>;
}

/** A request that found its route. */
export type Found<Who> = Pick<Exchange<Who>, 'request' | 'response' | 'route'>;

/** One request of a route, from its coming to its answer. */
export class Exchange<Who> implements Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route<Who>;
  readonly requestId: string;
  asker = '';
  /** What the guards said of limits. */
  limits: Record<string, string> | undefined = undefined;

  constructor({ request, response, route }: Found<Who>) {
    this.request = request;
    this.response = response;
    this.route = route;
    this.requestId = requestIdOf(request);
  }

  /** What every answer carries. */
  headers(): Record<string, string> {
    return { ...SECURITY_HEADERS, 'X-Request-Id': this.requestId, ...this.limits };
  }

  /** At once, where the handler can. */
  answer(call: Call<Who>): Promise<void> | undefined {
    const reply = this.route.handle(call);
    if (reply instanceof Promise) return reply.then(late => this.#send(late));
    this.#send(reply);
    return undefined;
  }

  #send(reply: Reply): void {
    if (reply === 'taken') return;
    const content = contentOf(reply);
    const type = 'text' in reply ? reply.type : 'application/json; charset=utf-8';
    // As a list: an object put together of several costs three times as much until V8 has optimised this for good.
    const list = [...SECURITY_LIST, 'X-Request-Id', this.requestId];
    for (const name in this.limits) list.push(name, this.limits[name] ?? '');
    list.push('Content-Type', type, 'Content-Length', String(Buffer.byteLength(content)));
    this.response.writeHead(reply.status, list);
    this.response.end(content);
  }
}

interface CallParts<Who> {
  exchange: Exchange<Who>;
  who: Who;
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
}

/** What a handler is told. What few of them need is made when asked for. */
export class Call<Who> implements RouteCall<Who> {
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
  readonly who: Who;
  readonly #exchange: Exchange<Who>;
  #gone: AbortController | undefined;

  constructor({ exchange, who, params, query, body }: CallParts<Who>) {
    this.#exchange = exchange;
    this.who = who;
    this.params = params;
    this.query = query;
    this.body = body;
  }

  get request(): IncomingMessage {
    return this.#exchange.request;
  }

  get response(): ServerResponse {
    return this.#exchange.response;
  }

  get headers(): Record<string, string> {
    return this.#exchange.headers();
  }

  get signal(): AbortSignal {
    this.#gone ??= departureOf(this.response);
    return this.#gone.signal;
  }
}

function departureOf(response: ServerResponse): AbortController {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  if (response.destroyed) gone.abort();
  return gone;
}

function contentOf(reply: Exclude<Reply, 'taken'>): Buffer | string {
  if ('json' in reply) return reply.json;
  if ('text' in reply) return reply.text;
  return reply.body === undefined ? '' : JSON.stringify(reply.body);
}
