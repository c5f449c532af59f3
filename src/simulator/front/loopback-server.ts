import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsIdentity } from './self-signed.ts';

interface ServerParts {
  /** Whose it is and what sets its port, for the sentence that says the port is taken. */
  name: string;
  portOption: string;
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** With one it is an HTTPS server. */
  identity?: TlsIdentity | null;
}

const HOST = '127.0.0.1';
const RETRY_MS = 100;

/** An HTTP server on loopback that can go away for a while and then comes back on the same port. */
export class LoopbackServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #port = 0;
  #downUntil = 0;
  #comingBack: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Opening and closing take turns, so that neither meets the other half done. */
  #turning: Promise<void> = Promise.resolve();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = makeServer(parts);
    if (parts.onUpgrade) this.#server.on('upgrade', parts.onUpgrade);
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    // A connection that could not be taken is for its client to notice.
    this.#server.on('error', () => {});
  }

  /** Known since the start, also while the server is down. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `${this.#parts.identity ? 'https' : 'http'}://${HOST}:${this.#port}`;
  }

  async start(port: number): Promise<void> {
    const { name, portOption } = this.#parts;
    await this.#inTurn(() => this.#listen(port)).catch(error => {
      throw new Error(
        `${name} cannot listen on port ${port} (${error.message}): free it, ` +
          `or give another one with ${portOption}; 0 takes any that is free`,
      );
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens for a while, then the same port answers again; asked again meanwhile, it stays away longer. */
  async goDown(seconds: number): Promise<void> {
    this.#downUntil = Math.max(this.#downUntil, performance.now() + seconds * 1000);
    await this.#inTurn(() => this.#close());
    this.#comeBackLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#comingBack);
    await this.#inTurn(() => this.#close());
  }

  #comeBackLater(): void {
    clearTimeout(this.#comingBack);
    if (this.#isStopped) return;
    const wait = Math.ceil(Math.max(0, this.#downUntil - performance.now()));
    this.#comingBack = setTimeout(() => void this.#inTurn(() => this.#comeBack()), wait);
  }

  async #comeBack(): Promise<void> {
    if (this.#isStopped || this.#server.listening) return;
    if (performance.now() < this.#downUntil) {
      this.#comeBackLater();
      return;
    }
    try {
      await this.#listen(this.#port);
    } catch {
      // Somebody else has taken the port meanwhile: come back as soon as it is free again.
      this.#downUntil = performance.now() + RETRY_MS;
      this.#comeBackLater();
    }
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.#server.off('error', settle).off('listening', settle);
        if (error) reject(error);
        else resolve();
      };
      this.#server.on('error', settle).on('listening', settle);
      this.#server.listen(port, HOST);
    });
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turning.then(work);
    this.#turning = done.catch(() => {});
    return done;
  }
}

function makeServer({ serve, identity }: ServerParts): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => void serve(request, response);
  // Who asks for another protocol is answered in this one, as RFC 9110, 7.8 allows. Node before 24 cannot, and
  // hands every upgrade on.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    headers.upgrade?.toLowerCase() === 'websocket';
  return identity
    ? createTlsServer({ ...identity, shouldUpgradeCallback }, answer)
    : createServer({ shouldUpgradeCallback }, answer);
}
