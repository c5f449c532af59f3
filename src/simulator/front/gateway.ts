import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KnobBoard } from '../knobs.ts';
import type { Random } from '../random.ts';
import { type Answer, BodyTooLarge, parseForm, parseJson, parseTarget, readBody, send } from './http.ts';
import { LoopbackServer } from './loopback-server.ts';
import type { TlsIdentity } from './self-signed.ts';
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
  stream?(request: PartRequest, raw: Raw): boolean;
}

interface Raw {
  request: IncomingMessage;
  response: ServerResponse;
}

interface GatewayParts {
  tokens: Tokens;
  xapi: Part;
  callcontrol: Part;
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Null: plain HTTP. */
  identity: TlsIdentity | null;
  knobs: KnobBoard;
  random: Random;
}

const XAPI = '/xapi/v1';
const GARBAGE: Answer = { status: 200, text: { type: 'text/html', content: '<html>{"value":[{"Id":12' } };
const NOT_FOUND: Answer = { status: 404, text: { type: 'text/html', content: '<html>404 Not Found</html>' } };

/** The web server in front of the PBX: it routes, asks for the token, and plays the faults of HTTP. */
export class Gateway extends LoopbackServer {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    super({
      name: 'The PBX',
      portOption: '--port',
      serve: (request, response) => this.#serve(request, response),
      onUpgrade: parts.onUpgrade,
      identity: parts.identity,
    });
    this.#parts = parts;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    const url = parseTarget(request.url);
    const answer = url
      ? await this.#answer(url, { request, response }).catch(answerToError)
      : { status: 400 };
    if (!answer) return;
    const { version } = this.#parts.knobs.current;
    // 3CX: XAPI tells its version with whatever it answers, errors too.
    const headers = url?.pathname.startsWith(XAPI) ? { 'X-3CX-Version': version } : {};
    send(response, { ...answer, headers: { ...headers, ...answer.headers } });
  }

  /** Null when the request is left hanging or a part has taken the response over. */
  async #answer(url: URL, { request, response }: Raw): Promise<Answer | null> {
    const { knobs, tokens } = this.#parts;
    const isToken = url.pathname === '/connect/token';
    const found = this.#partFor(url.pathname);
    if (!isToken && !found) return NOT_FOUND;
    if (knobs.current.consoleRestricted) return { status: 403 };
    if (!found) {
      if (request.method !== 'POST') return { status: 405 };
      return tokens.answer(await parseForm(request, await readBody(request)));
    }
    const fault = await this.#fault(url.pathname);
    if (fault !== undefined) return fault;
    if (!tokens.accepts(request.headers.authorization)) return { status: 401 };

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
    return part.answer({ ...partRequest, body, signal: gone.signal });
  }

  #partFor(pathname: string): { part: Part; path: string } | null {
    for (const [prefix, part] of [
      [XAPI, this.#parts.xapi],
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

function answerToError(error: unknown): Answer {
  if (error instanceof BodyTooLarge) return { status: 413 };
  if (error instanceof SyntaxError) return { status: 400 };
  return { status: 500, body: { error: { code: '', message: String(error) } } };
}
