import type { Asking, ControlClient } from '../shared/control/control-client.ts';
import { saveLogin } from '../shared/control/credentials.ts';
import { linesOf } from '../shared/control/follow.ts';
import type { OpenedTold, WhoTold } from '../shared/control-api/told.ts';
import type { Extra } from '../shared/control-api/upkeep-schemas.ts';
import type { WatchLine } from '../shared/control-api/watch-line.ts';

/** The daemon, as the dashboard reaches it: what it tells, and what it is asked to do. */
export class Desk {
  readonly #connect: () => ControlClient;
  #client: ControlClient;

  constructor(connect: () => ControlClient) {
    this.#connect = connect;
    this.#client = connect();
  }

  /** One connection: the snapshot, then changes, until it breaks off or the signal. */
  async *watch(extras: readonly Extra[], signal: AbortSignal): AsyncGenerator<WatchLine> {
    // A client of its own each time: after a restart there is another daemon, with another token.
    this.#client = this.#connect();
    const response = await this.#client.open('/admin/watch', {
      query: extras.length === 0 ? {} : { with: extras.join(',') },
      headers: { Accept: 'application/x-ndjson' },
      signal,
    });
    for await (const line of linesOf(response)) if (line.type !== 'heartbeat') yield line as WatchLine;
  }

  who(): Promise<WhoTold> {
    return this.#client.get('/admin/whoami');
  }

  get<Body>(path: string, query?: Asking['query']): Promise<Body> {
    return this.#client.get(path, query);
  }

  ask<Body>(path: string, asking: Asking): Promise<Body> {
    return this.#client.ask(path, asking);
  }

  /** JSON documents, each when it is there. */
  async *stream<One>(path: string, asking: Asking): AsyncGenerator<One> {
    const headers = { Accept: 'application/x-ndjson' };
    const response = await this.#client.open(path, { ...asking, headers });
    for await (const line of linesOf(response)) yield line as One;
  }

  /** The login is kept as `3cx-relay login` keeps it. */
  async logIn(name: string, password: string): Promise<void> {
    const client = this.#connect();
    const opened = await client.askOpenly<OpenedTold>('/admin/login', {
      method: 'POST',
      body: { name, password },
    });
    const { token, expiresAt, operator } = opened;
    saveLogin(client.socketPath, { name: operator.name, token, expiresAt });
    this.#client = client;
  }
}
