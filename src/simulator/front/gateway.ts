import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KnobBoard } from '../knobs.ts';
import type { Random } from '../random.ts';
import { type Answer, BodyTooLarge, parseForm, parseJson, readBody, send } from './http.ts';
import type { Tokens } from './tokens.ts';

export interface PartRequest {
  method: string;
  /** After the part's prefix, still percent-encoded, beginning with a slash. */
  path: string;
  query: URLSearchParams;
  body: unknown;
  /** Ends when nobody waits for the answer any more. */
  signal?: AbortSignal;
}

/** A part of the PBX that answers under its own prefix. `stream` may take over the response itself. */
interface Part {
  answer(request: PartRequest): Promise<Answer>;
  stream?(request: PartRequest, raw: { request: IncomingMessage; response: ServerResponse }): boolean;
}

interface GatewayParts {
  tokens: Tokens;
  xapi: Part;
  callcontrol: Part;
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  knobs: KnobBoard;
  random: Random;
}

const GARBAGE: Answer = { status: 200, text: { type: 'text/html', content: '<html>{"value":[{"Id":12' } };
const NOT_FOUND: Answer = { status: 404, text: { type: 'text/html', content: '<html>404 Not Found</html>' } };

/** The web server in front of the PBX: it routes, asks for the token, and plays the faults of HTTP. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #comingBack: NodeJS.Timeout | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('upgrade', parts.onUpgrade);
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  /** Nobody listens for a while, then the same port answers again. */
  async goDown(seconds: number): Promise<void> {
    const { port } = this;
    await this.#close();
    this.#comingBack = setTimeout(() => void this.start(port), seconds * 1000);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#comingBack);
    if (this.#server.listening) await this.#close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    try {
      const answer = await this.#answer(request, response);
      if (answer) send(response, answer);
    } catch (error) {
      if (error instanceof BodyTooLarge) send(response, { status: 413 });
      else if (error instanceof SyntaxError) send(response, { status: 400 });
      else send(response, { status: 500, body: { error: { code: '', message: String(error) } } });
    }
  }

  /** Null when the request is left hanging or a part has taken the response over. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | null> {
    const url = new URL(request.url ?? '/', 'http://pbx');
    const { knobs, tokens } = this.#parts;
    if (url.pathname === '/connect/token') {
      if (request.method !== 'POST') return { status: 405 };
      return tokens.answer(await parseForm(request, await readBody(request)));
    }
    const found = this.#partFor(url.pathname);
    if (!found) return NOT_FOUND;
    const fault = await this.#fault(url.pathname);
    if (fault !== undefined) return fault;
    const headers = { 'X-3CX-Version': knobs.current.version };
    if (!tokens.accepts(request.headers.authorization)) return { status: 401, headers };
    if (knobs.current.consoleRestricted) return { status: 403, headers };

    const { part, path } = found;
    const partRequest: PartRequest = {
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      body: undefined,
    };
    if (part.stream?.(partRequest, { request, response })) return null;
    const body = parseJson(await readBody(request));
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = await part.answer({ ...partRequest, body, signal: gone.signal });
    return { ...answer, headers: { ...headers, ...answer.headers } };
  }

  #partFor(pathname: string): { part: Part; path: string } | null {
    for (const [prefix, part] of [
      ['/xapi/v1', this.#parts.xapi],
      ['/callcontrol', this.#parts.callcontrol],
    ] as const) {
      if (pathname === prefix) return { part, path: '/' };
      if (pathname.startsWith(`${prefix}/`)) return { part, path: pathname.slice(prefix.length) };
    }
    return null;
  }

  /** `undefined` when nothing is to go wrong with this request. */
  async #fault(pathname: string): Promise<Answer | null | undefined> {
    const { httpStatus, httpPath, httpShare, httpGarbage, httpHang, httpDelayMs } = this.#parts.knobs.current;
    if (httpDelayMs > 0) await new Promise(resolve => setTimeout(resolve, httpDelayMs).unref());
    const isHit = pathname.startsWith(httpPath) && this.#parts.random.chance(httpShare);
    if (!isHit) return undefined;
    if (httpHang) return null;
    if (httpStatus !== null) return { status: httpStatus };
    return httpGarbage ? GARBAGE : undefined;
  }
}
