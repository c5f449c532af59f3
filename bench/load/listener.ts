import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { FrameScan, type FrameSink } from './frame-scan.ts';

export interface ListenerOptions {
  port: number;
  /** With its query, but for `after`. */
  path: string;
  /** The seq it has already; what comes next has to follow on it. */
  after?: number;
  /** None for peers that check no key. */
  key?: string;
  /** Spreads many clients over several addresses of loopback, each with its own ports. */
  localAddress?: string;
  /** A peer that filters tells no `prev`: only the order is checked, and the loop counts what came. */
  isPartial?: boolean;
}

/** What went wrong at one client. */
interface Faults {
  /** Entries that the chain of `prev` shows to be missing. */
  holes: number;
  /** Not above the one before: repeated or out of order. */
  disorder: number;
  /** `gap` messages that concern this client. */
  gaps: number;
}

/** All sockets read into this one: what is in it is used up within the same turn. */
const SHARED = Buffer.alloc(262_144);
const HEAD_END = '\r\n\r\n';
const PONG = 0x8a;
const MASKED = 0x80;

/** One client: does the upgrade, follows the chain of seqs, counts events and bytes, and does nothing else. */
export class Listener implements FrameSink {
  readonly faults: Faults = { holes: 0, disorder: 0, gaps: 0 };
  /** Events of the upstream so far. */
  events = 0;
  /** All entries so far, with those that tell no event. */
  entries = 0;
  bytes = 0;
  /** The seq it has; what it would give as `after`. */
  cursor = 0;
  epoch = '';
  closeCode = 0;
  isOpen = false;
  /** Called after each chunk that brought events. */
  onEvents: ((listener: Listener) => void) | null = null;
  onEnd: ((listener: Listener) => void) | null = null;
  readonly #options: ListenerOptions;
  /** Until the first message a client without `after` has no place in the log. */
  #hasPlace: boolean;
  readonly #scan: FrameScan;
  #socket: Socket;
  #head = '';
  #opened: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#scan = new FrameScan(this);
    this.cursor = options.after ?? 0;
    this.#hasPlace = options.after !== undefined;
    const { port, localAddress } = options;
    this.#socket = connect({
      ...{ port, host: '127.0.0.1', ...(localAddress && { localAddress }) },
      onread: {
        buffer: SHARED,
        callback: bytes => {
          this.#take(SHARED.subarray(0, bytes));
          return true;
        },
      },
    });
    this.#socket.on('connect', () => this.#socket.write(this.#request()));
    this.#socket.on('error', error => this.#ended(error));
    this.#socket.on('close', () => this.#ended(new Error('the connection was closed')));
  }

  /** Resolves when the upgrade is done. */
  opened(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
  }

  /** Takes nothing any more, without a word. */
  stall(): void {
    this.#socket.pause();
  }

  end(): void {
    this.onEnd = null;
    this.#socket.destroy();
  }

  entry(seq: number, prev: number, isEvent: boolean): void {
    if (this.#hasPlace) {
      if (prev > this.cursor && !this.#options.isPartial) this.faults.holes += 1;
      if (seq <= this.cursor) this.faults.disorder += 1;
    }
    this.#hasPlace = true;
    this.cursor = seq;
    this.entries += 1;
    if (isEvent) this.events += 1;
  }

  notice(text: string): void {
    const message = JSON.parse(text);
    if (message.type === 'hello') {
      this.epoch = message.epoch;
      if (!this.#hasPlace) this.cursor = message.head;
      this.#hasPlace = true;
    }
    if (message.type === 'gap') this.faults.gaps += 1;
  }

  ping(payload: Buffer): void {
    // A mask of zeros leaves the payload as it is.
    this.#socket.write(
      Buffer.concat([Buffer.from([PONG, MASKED | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]),
    );
  }

  closed(code: number): void {
    this.closeCode = code;
  }

  #request(): string {
    const { path, port, key, after } = this.#options;
    const place = after === undefined ? '' : `${path.includes('?') ? '&' : '?'}after=${after}`;
    const lines = [
      `GET ${path}${place} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...(key ? [`Authorization: Bearer ${key}`] : []),
    ];
    return lines.join('\r\n') + HEAD_END;
  }

  #take(chunk: Buffer): void {
    const before = this.events;
    this.bytes += chunk.length;
    if (this.isOpen) this.#scan.take(chunk);
    else this.#greeting(chunk);
    if (this.events > before) this.onEvents?.(this);
  }

  #greeting(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const [status = ''] = this.#head.split('\r\n', 1);
    const rest = Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1');
    this.#head = '';
    if (!status.startsWith('HTTP/1.1 101')) {
      this.#socket.destroy();
      this.#ended(new Error(`the upgrade was answered with "${status}"`));
      return;
    }
    this.isOpen = true;
    this.#opened?.resolve();
    this.#opened = null;
    if (rest.length > 0) this.#scan.take(rest);
  }

  #ended(error: Error): void {
    this.isOpen = false;
    this.#opened?.reject(error);
    this.#opened = null;
    const { onEnd } = this;
    this.onEnd = null;
    onEnd?.(this);
  }
}
