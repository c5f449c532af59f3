import type { ClientRequest, IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { bodyOf, errorOf, notOurs, tooLate } from './answer-body.ts';
import { CliError } from './cli-error.ts';
import { type Credential, claimedUser, credentialsFor } from './credentials.ts';

/** Not imported: a module's import of it loads all of `fetch` too, which costs each command 100 ms. */
const { request } = process.getBuiltinModule('node:http');

interface ClientOptions {
  socketPath: string;
  timeoutMs: number;
  /** Aborted: all that is asked ends, also what nobody waits for any more. */
  signal?: AbortSignal;
  /** Said once, when daemon and CLI are of different versions. */
  onSkew: (text: string) => void;
}

export interface Asking {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** For what takes long; a stream has none once it has begun. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Rises on the daemon's side when something that we use is taken away. */
const API_KNOWN = 1;
const MINIMUM_API = 1;
/** How a parser of HTTP says that this is none. */
const NO_HTTP = /^HPE_/;

interface About {
  pid: number;
  version: string;
  api: number;
  startedAt: number;
  relayUrl: string;
  publicUrl: string | null;
}

/** The daemon's control API, over its Unix socket: all that the CLI does, it does through this. */
export class ControlClient {
  readonly #options: ClientOptions;
  #about: Promise<About> | null = null;
  #credentials: Credential[] | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get socketPath(): string {
    return this.#options.socketPath;
  }

  /** Who runs there. Throws E_DAEMON_AWAY or E_SOCKET_DENIED, and E_VERSION_SKEW when we cannot talk to each other. */
  about(): Promise<About> {
    this.#about ??= this.#greet();
    return this.#about;
  }

  async get<Body>(path: string, query?: Asking['query']): Promise<Body> {
    return this.ask<Body>(path, query === undefined ? {} : { query });
  }

  /** The answer's JSON; undefined where there is none. Throws what the daemon answered, as an AppError. */
  async ask<Body>(path: string, asking: Asking = {}): Promise<Body> {
    const response = await this.open(path, asking);
    return (await bodyOf(response, this.#limitOf(asking))) as Body;
  }

  /** An answer that is read as it comes. */
  async open(path: string, asking: Asking = {}): Promise<IncomingMessage> {
    await this.about();
    this.#credentials ??= credentialsFor(this.#options.socketPath);
    let refusal: unknown;
    for (const credential of this.#credentials) {
      const response = await this.#exchange(path, asking, credential.token);
      if ((response.statusCode ?? 0) < 400) return response;
      refusal = await errorOf(response, this.#limitOf(asking));
      if (!(refusal instanceof AppError) || refusal.code !== 'E_LOGIN_NEEDED') throw refusal;
      // A login that has ended is worth nothing any more; whoever can read the operator token needs none.
      credential.forget();
    }
    throw refusal ?? nobody(this.#options.socketPath);
  }

  /** Without any token of ours, as for the login itself. */
  async askOpenly<Body>(path: string, asking: Asking = {}): Promise<Body> {
    await this.about();
    const response = await this.#exchange(path, asking, null);
    return (await bodyOf(response, this.#limitOf(asking))) as Body;
  }

  async #greet(): Promise<About> {
    const response = await this.#exchange('/admin/about', {}, null);
    const about = (await bodyOf(response, this.#options.timeoutMs)) as About | null | undefined;
    if (typeof about?.version !== 'string' || typeof about.api !== 'number')
      throw notOurs('It does not say which version it is.');
    const { version, api } = about;
    if (api > API_KNOWN || api < MINIMUM_API) {
      throw new CliError(
        'E_VERSION_SKEW',
        `The daemon is ${version} and this program is ${VERSION}: they cannot talk to each other.`,
        'Use the 3cx-relay of the same installation, or restart the daemon after an upgrade.',
      );
    }
    if (version !== VERSION) {
      this.#options.onSkew(
        `The daemon is ${version}, this program is ${VERSION}: restart the daemon after an upgrade.`,
      );
    }
    return about;
  }

  #limitOf({ timeoutMs }: Asking): number {
    return timeoutMs ?? this.#options.timeoutMs;
  }

  #exchange(path: string, asking: Asking, token: string | null): Promise<IncomingMessage> {
    const { socketPath } = this.#options;
    const { method = 'GET', query = {}, body, headers } = asking;
    const signals = [this.#options.signal, asking.signal].filter(one => one !== undefined);
    const text = body === undefined ? null : JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked: ClientRequest = request({
      ...{ socketPath, method, path: `${path}${queryText(query)}` },
      signal: AbortSignal.any(signals),
      headers: {
        Accept: 'application/json',
        'X-Claimed-User': claimedUser(),
        ...(token !== null && { Authorization: `Bearer ${token}` }),
        ...(text !== null && {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(text),
        }),
        ...headers,
      },
    });
    const limit = this.#limitOf(asking);
    const timer = setTimeout(() => asked.destroy(tooLate(limit)), limit);
    asked.on('response', response => {
      clearTimeout(timer);
      resolve(response);
    });
    asked.on('error', error => {
      clearTimeout(timer);
      reject(reachError(error, socketPath));
    });
    asked.end(text ?? undefined);
    return promise;
  }
}

function queryText(query: NonNullable<Asking['query']>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) words.append(name, String(value));
  }
  return words.size === 0 ? '' : `?${words}`;
}

function reachError(error: Error, socketPath: string): Error {
  if (error instanceof CliError || error.name === 'AbortError') return error;
  const code = 'code' in error ? String(error.code) : error.message;
  if (code === 'EACCES' || code === 'EPERM') {
    return new CliError(
      'E_SOCKET_DENIED',
      `You may not open ${socketPath}.`,
      "Use sudo, or have an admin put you into the group that owns it: 'usermod -aG 3cxrelay <you>', then log in again.",
    );
  }
  if (NO_HTTP.test(code)) return notOurs('It does not answer by HTTP.');
  const why =
    code === 'ENOENT'
      ? `There is no socket ${socketPath}.`
      : code === 'ECONNREFUSED'
        ? `Nobody listens on ${socketPath}; the daemon that made it is gone.`
        : `The socket ${socketPath} cannot be used (${code}).`;
  return new CliError(
    'E_DAEMON_AWAY',
    `The daemon does not run, or not here. ${why}`,
    "Start it: 'systemctl start 3cx-relay', or '3cx-relay daemon' in a checkout; '3cx-relay doctor' tells why it does not start. With another place: RELAY_HOME or --socket.",
  );
}

function nobody(socketPath: string): AppError {
  const detail = `You are not logged in, and the operator token beside ${socketPath} cannot be read. Use '3cx-relay login', or sudo.`;
  return new AppError('E_LOGIN_NEEDED', { detail });
}
