import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { KnobBoard, Knobs } from '../knobs.ts';
import type { Frame } from './frame.ts';

interface ClientParts {
  webSocket: WebSocket;
  raw: Duplex;
  knobs: KnobBoard;
}

/** Unsent bytes above which a reader that does not keep up is cut off, as a proxy in between would. */
const UNSENT_MAX_BYTES = 16 * 1_048_576;
const TEXT_FRAME = 0x81;
const LENGTH_IN_16_BITS = 126;

/** One open socket with its own sequence, and all that can go wrong with it. */
export class SocketClient {
  readonly #webSocket: WebSocket;
  readonly #raw: Duplex;
  readonly #knobs: KnobBoard;
  readonly #stopListening: () => void;
  #idleTimer: NodeJS.Timeout | undefined;
  #sequence = 0;

  constructor({ webSocket, raw, knobs }: ClientParts) {
    this.#webSocket = webSocket;
    this.#raw = raw;
    this.#knobs = knobs;
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('ping', data => {
      this.#heard();
      if (!knobs.current.socketHalfOpen) webSocket.pong(data);
    });
    webSocket.on('message', () => this.#heard());
    this.#stopListening = knobs.onTurn(turned => this.#obey(turned));
    webSocket.on('close', () => this.#forget());
    this.#obey(knobs.current);
  }

  send(event: Frame['event']): void {
    // A zombie and a half-open link lose events for good: nothing is sent later.
    const { socketZombie, socketHalfOpen, socketDelayMs } = this.#knobs.current;
    if (socketZombie || socketHalfOpen) return;
    this.#sequence += 1;
    const text = JSON.stringify({ sequence: this.#sequence, event } satisfies Frame);
    if (socketDelayMs === 0) this.sendRaw(text);
    else setTimeout(() => this.sendRaw(text), socketDelayMs).unref();
  }

  sendRaw(text: string): void {
    if (this.#webSocket.bufferedAmount > UNSENT_MAX_BYTES) this.#webSocket.terminate();
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.send(text);
  }

  /** The beginning of a frame, then nothing more: the client sees 1006. */
  cutInMidFrame(): void {
    const promisedBytes = Buffer.alloc(2);
    promisedBytes.writeUInt16BE(500);
    this.#raw.write(
      Buffer.concat([
        Buffer.from([TEXT_FRAME, LENGTH_IN_16_BITS]),
        promisedBytes,
        Buffer.from('{"sequence":'),
      ]),
      () => this.#raw.destroy(),
    );
  }

  close(code: number): void {
    this.#webSocket.close(code);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  #obey(knobs: Readonly<Knobs>): void {
    if (knobs.socketHalfOpen) this.#raw.pause();
    else this.#raw.resume();
    this.#heard();
  }

  #heard(): void {
    clearTimeout(this.#idleTimer);
    const { socketIdleSeconds } = this.#knobs.current;
    if (socketIdleSeconds === null) return;
    this.#idleTimer = setTimeout(() => this.#webSocket.terminate(), socketIdleSeconds * 1000).unref();
  }

  #forget(): void {
    clearTimeout(this.#idleTimer);
    this.#stopListening();
  }
}
