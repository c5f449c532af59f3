import type { RawData, WebSocket } from 'ws';
import { CLOSE, clientMessageSchema, HEARTBEAT_MS, MESSAGE_MAX_BYTES } from '../../../../shared/relay-api.ts';
import { type Cursor, Feed } from '../../../core/log/feed.ts';
import type { EntryFilter } from '../../../core/log/filter.ts';
import type { Hub } from '../../../core/log/hub.ts';
import type { Journal } from '../../../core/log/journal.ts';
import type { Clock } from '../../../core/ports.ts';
import { parseJson } from '../../http/checked-input.ts';
import { entryText, gapText, heartbeatText, helloText } from './protocol.ts';

interface SessionOptions {
  id: string;
  socket: WebSocket;
  journal: Journal;
  hub: Hub;
  clock: Clock;
  filter: EntryFilter;
  cursor: Cursor;
  /** The filter a `subscribe` asks for, within what the key may have. */
  narrow: (wanted: WantedFilter) => EntryFilter;
  limits?: Partial<SessionLimits>;
  onClosed: (reason: { code: number; wasSlow: boolean }) => void;
}

export interface WantedFilter {
  types?: readonly string[] | undefined;
  dns?: readonly string[] | undefined;
  sources?: readonly string[] | undefined;
}

interface SessionLimits {
  pingMs: number;
  pongWithinMs: number;
  commandsPerSecond: number;
}

const LIMITS: SessionLimits = { pingMs: HEARTBEAT_MS, pongWithinMs: 10_000, commandsPerSecond: 20 };
/** A closing handshake that takes longer is ended by force. */
const CLOSE_WITHIN_MS = 5000;

/** One connected WebSocket client, from hello to close; whatever ends it does so with exactly one close code. */
export class Session {
  readonly id: string;
  readonly #options: SessionOptions;
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
    this.#limits = { ...LIMITS, ...options.limits };
    const { socket, journal, hub, clock, filter, cursor } = options;
    this.#feed = new Feed({
      ...{ journal, hub, clock, filter, cursor },
      outlet: {
        send: deliveries => {
          for (const delivery of deliveries) this.#send(entryText(delivery));
        },
        gap: gap => this.#send(gapText(gap)),
        pendingBytes: () => socket.bufferedAmount,
        cut: () => this.#cut(),
      },
    });
  }

  get state(): { position: number; acked: number; sentBytes: number; pendingBytes: number; isLive: boolean } {
    const { position, isLive } = this.#feed;
    return {
      position,
      isLive,
      acked: this.#acked,
      sentBytes: this.#sentBytes,
      pendingBytes: this.#options.socket.bufferedAmount,
    };
  }

  start(): void {
    const { socket, journal, clock, onClosed } = this.#options;
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
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
    this.#feed.start();
  }

  close(code: number, reason: string): void {
    const { socket } = this.#options;
    this.#feed.close();
    socket.close(code, reason);
    // close() frees nothing while the client does not read.
    setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref();
  }

  /** Told before a planned stop, so that clients come back spread over time. */
  sayReconnect(afterMs: number): void {
    this.#send(JSON.stringify({ type: 'reconnect', afterMs }));
  }

  #send(text: string): void {
    const { socket } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    this.#sentBytes += text.length;
    socket.send(text);
  }

  #beat(): void {
    const { socket } = this.#options;
    if (this.#feed.isLive) this.#send(heartbeatText(this.#knownUpTo()));
    clearTimeout(this.#pongDeadline);
    if (socket.readyState !== socket.OPEN) return;
    socket.ping();
    this.#pongDeadline = setTimeout(() => socket.terminate(), this.#limits.pongWithinMs);
  }

  /** All up to here was sent or does not match: a client may move its cursor so far, never further. */
  #knownUpTo(): number {
    return this.#feed.isLive ? this.#options.journal.head : this.#feed.position;
  }

  #cut(): void {
    const { socket } = this.#options;
    this.#wasSlow = true;
    this.#feed.close();
    socket.close(CLOSE.tooSlow, 'too slow');
    // It takes nothing, so it will not take the close frame either; what is queued for it is freed now.
    socket.terminate();
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
        return this.#send(JSON.stringify({ type: 'pong', id: message.data.id, head: this.#knownUpTo() }));
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
