import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { KnobBoard, Knobs } from '../knobs.ts';
import { FRAME_BYTES_MAX } from './frame.ts';

interface ClientParts {
  webSocket: WebSocket;
  raw: Duplex;
  knobs: KnobBoard;
  /** After each frame that was really written. */
  onSent: () => void;
}

type Message = { event: string } | { raw: string } | { close: number };

/**
 * Unsent characters above which a reader that does not keep up is cut off, as a proxy in between would. What comes
 * while the largest frame is still on its way has room behind it.
 */
const UNSENT_MAX_BYTES = FRAME_BYTES_MAX + 16 * 1_048_576;
const TEXT_FRAME = 0x81;
const LENGTH_IN_16_BITS = 126;

/** One open socket with its own sequence, and all that can go wrong with it. */
export class SocketClient {
  readonly #webSocket: WebSocket;
  readonly #raw: Duplex;
  readonly #knobs: KnobBoard;
  readonly #onSent: () => void;
  readonly #stopListening: () => void;
  /** What is late, in order; everything but a cut in mid-frame goes through it. */
  #outgoing: { due: number; bytes: number; message: Message }[] = [];
  #outgoingBytes = 0;
  #outgoingTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #idleSeconds: number | null = null;
  #isClosedUnseen = false;
  #sequence = 0;

  constructor({ webSocket, raw, knobs, onSent }: ClientParts) {
    this.#webSocket = webSocket;
    this.#raw = raw;
    this.#knobs = knobs;
    this.#onSent = onSent;
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

  /** Takes the event as JSON, so that it is made once for all clients; the sequence is this client's own. */
  send(event: string): void {
    if (!this.#knobs.current.socketZombie) this.#put({ event }, event.length);
  }

  sendRaw(raw: string): void {
    if (!this.#knobs.current.socketZombie) this.#put({ raw }, raw.length);
  }

  /** The beginning of a frame, then nothing more: the client sees 1006. */
  cutInMidFrame(): void {
    if (this.#isUnseen()) return;
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
    if (!this.#isUnseen()) this.#put({ close: code }, 0);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  /** A half-open link loses what is written for good; that it was closed shows when it comes back. */
  #isUnseen(): boolean {
    if (this.#knobs.current.socketHalfOpen) this.#isClosedUnseen = true;
    return this.#isClosedUnseen;
  }

  #put(message: Message, bytes: number): void {
    const { socketHalfOpen, socketDelayMs } = this.#knobs.current;
    if (socketHalfOpen) return;
    if (this.#webSocket.bufferedAmount + this.#outgoingBytes > UNSENT_MAX_BYTES) {
      this.#webSocket.terminate();
      return;
    }
    if (socketDelayMs === 0 && this.#outgoing.length === 0) {
      this.#write(message);
      return;
    }
    // A delay that was turned down must not let later frames overtake earlier ones.
    const due = Math.max(performance.now() + socketDelayMs, this.#outgoing.at(-1)?.due ?? 0);
    this.#outgoing.push({ due, bytes, message });
    this.#outgoingBytes += bytes;
    if (this.#outgoing.length === 1) this.#arm();
  }

  #arm(): void {
    const [next] = this.#outgoing;
    if (!next) return;
    const wait = Math.ceil(Math.max(0, next.due - performance.now()));
    this.#outgoingTimer = setTimeout(() => this.#writeDue(), wait).unref();
  }

  #writeDue(): void {
    const now = performance.now();
    const notYet = this.#outgoing.findIndex(item => item.due > now);
    const due = this.#outgoing.splice(0, notYet < 0 ? this.#outgoing.length : notYet);
    for (const { message, bytes } of due) {
      this.#outgoingBytes -= bytes;
      if (!this.#knobs.current.socketHalfOpen) this.#write(message);
      else if ('close' in message) this.#isClosedUnseen = true;
    }
    this.#arm();
  }

  #write(message: Message): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    if ('close' in message) {
      this.#webSocket.close(message.close);
      return;
    }
    if ('event' in message) this.#sequence += 1;
    const text = 'raw' in message ? message.raw : `{"sequence":${this.#sequence},"event":${message.event}}`;
    this.#webSocket.send(text);
    this.#onSent();
  }

  #obey({ socketHalfOpen, socketIdleSeconds }: Readonly<Knobs>): void {
    if (!socketHalfOpen && this.#isClosedUnseen) {
      this.destroy();
      return;
    }
    if (socketHalfOpen) this.#raw.pause();
    else this.#raw.resume();
    if (socketIdleSeconds === this.#idleSeconds) return;
    this.#idleSeconds = socketIdleSeconds;
    this.#heard();
  }

  #heard(): void {
    clearTimeout(this.#idleTimer);
    if (this.#idleSeconds === null) return;
    this.#idleTimer = setTimeout(() => {
      if (!this.#isUnseen()) this.destroy();
    }, this.#idleSeconds * 1000).unref();
  }

  #forget(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#outgoingTimer);
    this.#outgoing = [];
    this.#stopListening();
  }
}
