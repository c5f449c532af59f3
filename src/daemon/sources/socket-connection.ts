import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import type { Clock } from '../core/ports.ts';

export interface SocketAddress {
  url: string;
  headers: Record<string, string>;
  /** For TLS when the host in the URL is not the name on the certificate. */
  servername?: string;
}

export interface ConnectionLimits {
  pingEveryMs: number;
  /** Nothing heard for so long: the link is dead, whatever TCP says. With the ping interval: found within the sum. */
  deadAfterMs: number;
  handshakeMs: number;
  /** A larger frame ends the connection with 1009; the caller reconnects. */
  frameMaxBytes: number;
  keepAliveMs: number;
}

export interface ConnectionListener {
  opened(): void;
  text(text: string): void;
  /** A binary frame: nothing we take events from sends them. */
  binary(): void;
  pong(latencyMs: number): void;
}

/** How a connection, or an attempt at one, came to its end. */
export interface ConnectionEnd {
  wasOpen: boolean;
  openForMs: number;
  /** ms since 1970 of the last sign of life; null when there was none. */
  heardAt: number | null;
  reason: string;
  /** What was thrown, where that is how it ended. */
  cause?: unknown;
  /** Status of the answer when the upgrade was refused. */
  status: number | null;
  retryAfterSeconds: number | null;
}

interface ConnectionParts {
  address: SocketAddress;
  limits: ConnectionLimits;
  listener: ConnectionListener;
  clock: Clock;
  signal: AbortSignal;
}

/** One connection from dialling to its end; pings, and ends itself when nothing comes back. */
export class SocketConnection {
  readonly #parts: ConnectionParts;
  #socket: WebSocket | undefined;
  #openedAt: number | null = null;
  #heardAt: number | null = null;
  #heardElapsed = 0;
  #tickedElapsed = 0;
  #reason: string | null = null;
  #cause: unknown;
  #status: number | null = null;
  #retryAfterSeconds: number | null = null;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get heardAt(): number | null {
    return this.#heardAt;
  }

  /** Only while it is open; else nothing is sent. */
  send(text: string): void {
    if (this.isOpen) this.#socket?.send(text);
  }

  /** Ends it at once; `run` then resolves with this reason. */
  end(reason: string): void {
    this.#reason ??= reason;
    this.#socket?.terminate();
  }

  /** Resolves when the connection is over; never rejects. */
  async run(): Promise<ConnectionEnd> {
    const { address, limits, signal, clock } = this.#parts;
    if (signal.aborted) return this.#ended();
    const socket = this.#dial(address);
    this.#socket = socket;
    const onAbort = (): void => this.end('stopped');
    signal.addEventListener('abort', onAbort, { once: true });
    const handshake = setTimeout(
      () => this.end(`no answer to the upgrade within ${limits.handshakeMs} ms`),
      limits.handshakeMs,
    );
    let pinging: NodeJS.Timeout | undefined;
    socket.on('open', () => {
      clearTimeout(handshake);
      this.#openedAt = clock.elapsed();
      this.#tickedElapsed = clock.elapsed();
      this.#heard();
      pinging = setInterval(() => this.#tick(), limits.pingEveryMs);
      this.#parts.listener.opened();
    });
    await new Promise<void>(resolve => socket.once('close', () => resolve()));
    clearTimeout(handshake);
    clearInterval(pinging);
    signal.removeEventListener('abort', onAbort);
    return this.#ended();
  }

  #dial({ url, headers, servername }: SocketAddress): WebSocket {
    const { limits } = this.#parts;
    const socket = new WebSocket(url, {
      headers,
      handshakeTimeout: limits.handshakeMs,
      maxPayload: limits.frameMaxBytes,
      perMessageDeflate: false,
      followRedirects: false,
      ...(servername !== undefined && { servername }),
    });
    socket.on('upgrade', response => response.socket.setKeepAlive(true, limits.keepAliveMs));
    socket.on('unexpected-response', (_request, response) => this.#refused(response));
    socket.on('error', error => {
      if (this.#reason === null) this.#cause = error;
      this.#reason ??= error.message;
    });
    socket.on('close', code => {
      this.#reason ??= `closed with ${code}`;
    });
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', data => {
      this.#heard();
      const sentAt = Number(data.toString());
      if (Number.isFinite(sentAt)) this.#parts.listener.pong(Math.max(0, this.#heardElapsed - sentAt));
    });
    return socket;
  }

  #refused(response: IncomingMessage): void {
    const retryAfter = Number(response.headers['retry-after']);
    this.#status = response.statusCode ?? null;
    this.#retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
    response.resume();
    this.end(`the upgrade was answered with ${response.statusCode}`);
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heard();
    if (isBinary) this.#parts.listener.binary();
    else this.#parts.listener.text(String(data));
  }

  #heard(): void {
    this.#heardAt = this.#parts.clock.now();
    this.#heardElapsed = this.#parts.clock.elapsed();
  }

  #tick(): void {
    const { clock, limits } = this.#parts;
    const elapsed = clock.elapsed();
    // After a pause of our own process its timers run before what has arrived is read: silence then proves nothing.
    const isLate = elapsed - this.#tickedElapsed > 2 * limits.pingEveryMs;
    this.#tickedElapsed = elapsed;
    const silentMs = elapsed - this.#heardElapsed;
    if (silentMs >= limits.deadAfterMs && !isLate) {
      this.end(`nothing heard for ${Math.round(silentMs)} ms, pings unanswered`);
      return;
    }
    this.#socket?.ping(String(elapsed));
  }

  #ended(): ConnectionEnd {
    return {
      wasOpen: this.#openedAt !== null,
      openForMs: this.#openedAt === null ? 0 : this.#parts.clock.elapsed() - this.#openedAt,
      heardAt: this.#heardAt,
      reason: this.#reason ?? 'closed',
      cause: this.#cause,
      status: this.#status,
      retryAfterSeconds: this.#retryAfterSeconds,
    };
  }
}
