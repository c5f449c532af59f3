import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import type { GapBody } from '../../../../shared/journal-entry.ts';
import { CLOSE, clientMessageSchema, HEARTBEAT_MS, MESSAGE_MAX_BYTES } from '../../../../shared/relay-api.ts';
import type { Batch } from '../../../core/fanout/batch.ts';
import { Feed, type FeedOutlet, type FeedParts } from '../../../core/fanout/feed.ts';
import type { Cursor } from '../../../core/log/cursor.ts';
import type { EntryFilter } from '../../../core/log/filter.ts';
import { parseJson } from '../../http/checked-input.ts';
import { asAppError } from '../../http/problem.ts';
import { textFrame } from './frames.ts';
import { beatBytes, gapText, helloText, webSocketBytes } from './protocol.ts';
import type { ClientStream, StreamEnd } from './stream-register.ts';

interface SessionOptions extends FeedParts {
  id: string;
  socket: WebSocket;
  /** What the WebSocket stands on. Prepared frames are written there whole, so they mix safely with those of ws. */
  wire: Duplex;
  filter: EntryFilter;
  cursor: Cursor;
  /** The filter a `subscribe` asks for, within what the key may have; throws where it may not. */
  narrow: (wanted: WantedFilter) => EntryFilter;
  limits: Partial<SessionLimits> | undefined;
  onFault: (error: unknown) => void;
  onClosed: (reason: { code: number; wasSlow: boolean }) => void;
}

export interface WantedFilter {
  types?: readonly string[] | undefined;
  dns?: readonly string[] | undefined;
  sources?: readonly string[] | undefined;
}

export interface SessionLimits {
  pingMs: number;
  pongWithinMs: number;
  commandsPerSecond: number;
  /** A closing handshake that takes longer is ended by force. */
  closeWithinMs: number;
}

const ENDS: Record<StreamEnd, [code: number, reason: string]> = {
  revoked: [CLOSE.keyInvalid, 'revoked'],
  stopping: [CLOSE.restart, 'stopping'],
  // Not 4401 or 4403, after which programs stay away.
  closed: [CLOSE.goingAway, 'closed by an operator'],
};

const LIMITS: SessionLimits = {
  pingMs: HEARTBEAT_MS,
  pongWithinMs: 10_000,
  commandsPerSecond: 20,
  closeWithinMs: 5000,
};

/** One connected WebSocket client, from hello to close; whatever ends it does so with exactly one close code. */
export class Session implements FeedOutlet, ClientStream {
  readonly id: string;
  readonly #options: SessionOptions;
  /** For every delivery; the others are asked for seldom. */
  readonly #socket: WebSocket;
  readonly #wire: Duplex;
  readonly #limits: SessionLimits;
  readonly #feed: Feed;
  #acked = 0;
  #sentBytes = 0;
  #commands = { second: 0, count: 0 };
  #ping: NodeJS.Timeout | undefined;
  #pongDeadline: NodeJS.Timeout | undefined;
  #wasSlow = false;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#socket = options.socket;
    this.#wire = options.wire;
    this.#limits = options.limits ? { ...LIMITS, ...options.limits } : LIMITS;
    this.#feed = new Feed({ parts: options, outlet: this, filter: options.filter });
  }

  get state(): ClientStream['state'] {
    const { position, isLive } = this.#feed;
    return {
      position,
      isLive,
      acked: this.#acked,
      sentBytes: this.#sentBytes,
      pendingBytes: this.pendingBytes(),
    };
  }

  start(): void {
    const { socket, backlog, clock, onClosed } = this.#options;
    const { journal } = backlog;
    socket.on('message', (data, isBinary) => this.#take(data, isBinary));
    socket.on('pong', () => clearTimeout(this.#pongDeadline));
    socket.on('close', code => {
      this.#feed.close();
      clearInterval(this.#ping);
      clearTimeout(this.#pongDeadline);
      onClosed({ code, wasSlow: this.#wasSlow });
    });
    this.#ping = setInterval(() => this.#beat(), this.#limits.pingMs);
    this.#send(
      helloText({
        epoch: journal.epoch,
        head: journal.head,
        oldest: journal.oldest,
        durable: journal.isDurable,
        heartbeatMs: this.#limits.pingMs,
        maxMessageBytes: MESSAGE_MAX_BYTES,
        serverTime: clock.now(),
        session: this.id,
      }),
    );
    this.#feed.start(this.#options.cursor);
  }

  end(why: StreamEnd): void {
    this.close(...ENDS[why]);
  }

  close(code: number, reason: string): void {
    const { socket } = this.#options;
    this.#feed.close();
    socket.close(code, reason);
    // close() frees nothing while the client does not read.
    setTimeout(() => socket.terminate(), this.#limits.closeWithinMs).unref();
  }

  /** Told before a planned stop, so that clients come back spread over time. */
  sayReconnect(afterMs: number): void {
    this.#send(JSON.stringify({ type: 'reconnect', afterMs }));
  }

  send(batch: Batch): void {
    this.#write(batch.bytes(webSocketBytes));
  }

  gap(gap: GapBody): void {
    this.#send(gapText(gap));
  }

  pendingBytes(): number {
    return this.#wire.writableLength;
  }

  onDrained(told: () => void): void {
    this.#wire.once('drain', told);
  }

  cut(why: 'slow' | 'fault'): void {
    if (why === 'fault') return this.close(CLOSE.internal, 'the log cannot be read');
    const { socket } = this.#options;
    this.#wasSlow = true;
    this.#feed.close();
    socket.close(CLOSE.tooSlow, 'too slow');
    // It takes nothing, so it will not take the close frame either; what is queued for it is freed now.
    socket.terminate();
  }

  #send(text: string): void {
    this.#write(textFrame(text));
  }

  #write(bytes: Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sentBytes += bytes.length;
    this.#wire.write(bytes);
  }

  #beat(): void {
    // A ping would wait behind what the client has not taken yet; the feed watches over such a one.
    if (this.pendingBytes() > 0) return;
    this.#write(beatBytes(this.#feed.position));
    clearTimeout(this.#pongDeadline);
    this.#pongDeadline = setTimeout(() => this.#lost(), this.#limits.pongWithinMs);
  }

  /** Most likely nobody is there; one that only forgot to answer pings learns why it ends. */
  #lost(): void {
    const { socket } = this.#options;
    this.#feed.close();
    socket.close(CLOSE.timeout, 'no pong');
    socket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    try {
      this.#receive(data, isBinary);
    } catch (error) {
      const { code, kind } = asAppError(error);
      if (code === 'E_INTERNAL') this.#options.onFault(error);
      this.close(kind.close ?? CLOSE.internal, kind.title);
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isTooFast()) return this.close(CLOSE.tooMany, 'too many messages');
    if (isBinary) return this.close(CLOSE.badMessage, 'send text');
    const message = clientMessageSchema.safeParse(parsed(String(data)));
    if (!message.success) return this.close(CLOSE.badMessage, 'send subscribe, ack or ping');
    switch (message.data.type) {
      case 'subscribe':
        return this.#feed.refilter(this.#options.narrow(message.data));
      case 'ack':
        this.#acked = Math.max(this.#acked, message.data.seq);
        return;
      case 'ping':
        return this.#send(JSON.stringify({ type: 'pong', id: message.data.id, head: this.#feed.position }));
    }
  }

  #isTooFast(): boolean {
    const second = Math.floor(this.#options.clock.elapsed() / 1000);
    if (second !== this.#commands.second) this.#commands = { second, count: 0 };
    this.#commands.count += 1;
    return this.#commands.count > this.#limits.commandsPerSecond;
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
