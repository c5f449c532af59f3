import { connect, type Socket } from 'node:net';

interface RequestOptions {
  port: number;
  path: string;
  /** Header lines without the end of line. */
  headers?: readonly string[];
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /^content-length: *(\d+)/im;
const CLOSE = /^connection: *close/im;

/**
 * One keep-alive connection that asks the same again and again, the next when the answer is there. Reads only what it
 * must: status, length, and whether the server closes.
 */
export class Asker {
  answers = 0;
  bodyBytes = 0;
  /** Answers that were not 200. */
  refused = 0;
  readonly #options: RequestOptions;
  readonly #request: Buffer;
  #socket: Socket | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #bodyLeft = -1;
  #closes = false;
  #isStopped = false;
  #onAnswer: (() => void) | null = null;

  constructor(options: RequestOptions) {
    this.#options = options;
    const { path, headers = [], port } = options;
    const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers];
    this.#request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  }

  start(onAnswer: (() => void) | null = null): void {
    this.#onAnswer = onAnswer;
    this.#open();
  }

  stop(): void {
    this.#isStopped = true;
    this.#socket?.destroy();
  }

  #open(): void {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1' });
    this.#socket = socket;
    this.#rest = Buffer.alloc(0);
    this.#bodyLeft = -1;
    socket.setNoDelay(true);
    socket.on('connect', () => socket.write(this.#request));
    socket.on('data', chunk => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!this.#isStopped && this.#socket === socket) this.#open();
    });
  }

  #take(chunk: Buffer): void {
    if (this.#bodyLeft < 0) {
      const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        this.#rest = bytes;
        return;
      }
      const head = bytes.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 200')) this.refused += 1;
      this.#closes = CLOSE.test(head);
      this.#bodyLeft = Number(LENGTH.exec(head)?.[1] ?? 0);
      this.#body(bytes.length - end - HEAD_END.length);
    } else {
      this.#body(chunk.length);
    }
  }

  #body(bytes: number): void {
    this.#bodyLeft -= bytes;
    this.bodyBytes += bytes;
    if (this.#bodyLeft > 0) return;
    this.#bodyLeft = -1;
    this.#rest = Buffer.alloc(0);
    this.answers += 1;
    this.#onAnswer?.();
    if (this.#isStopped) return;
    if (!this.#closes) this.#socket?.write(this.#request);
    else this.#socket?.end();
  }
}
