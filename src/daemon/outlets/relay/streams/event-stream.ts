import type { ServerResponse } from 'node:http';
import type { GapBody } from '../../../../shared/journal-entry.ts';
import { HEARTBEAT_MS } from '../../../../shared/relay-api.ts';
import type { Batch, Encoder } from '../../../core/fanout/batch.ts';
import { Feed, type FeedOutlet, type FeedParts } from '../../../core/fanout/feed.ts';
import { type Cursor, placeOf } from '../../../core/log/cursor.ts';
import type { EntryFilter } from '../../../core/log/filter.ts';
import { gapText } from './protocol.ts';
import type { ClientStream } from './stream-register.ts';

interface EventStreamOptions extends FeedParts {
  response: ServerResponse;
  headers: Record<string, string>;
  encode: Encoder;
  filter: EntryFilter;
  cursor: Cursor;
}

/** Tells EventSource how long to wait before it comes back. */
const RETRY_MS = 3000;

/** One client of server-sent events: the same feed as a WebSocket, in another envelope. */
export class EventStream implements FeedOutlet, ClientStream {
  readonly #options: EventStreamOptions;
  readonly #feed: Feed;
  #sentBytes = 0;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#feed = new Feed({ parts: options, outlet: this, filter: options.filter });
  }

  get state(): ClientStream['state'] {
    const { position, isLive } = this.#feed;
    // It cannot say what it has.
    return { position, isLive, acked: 0, sentBytes: this.#sentBytes, pendingBytes: this.pendingBytes() };
  }

  start(): void {
    const { response, headers } = this.#options;
    response.writeHead(200, {
      ...headers,
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Proxies that buffer would hold events back.
      'X-Accel-Buffering': 'no',
    });
    this.#beat = setInterval(() => this.#sayHead(), HEARTBEAT_MS);
    response.on('close', () => this.end());
    this.#write(`retry: ${RETRY_MS}\n\n${this.#hello()}`);
    this.#feed.start(this.#options.cursor);
  }

  end(): void {
    clearInterval(this.#beat);
    this.#feed.close();
    this.#options.response.end();
  }

  send(batch: Batch): void {
    this.#write(batch.bytes(this.#options.encode));
  }

  gap(gap: GapBody): void {
    this.#write(`event: gap\ndata: ${gapText(gap)}\n\n`);
  }

  pendingBytes(): number {
    return this.#options.response.writableLength;
  }

  onDrained(told: () => void): void {
    this.#options.response.once('drain', told);
  }

  cut(): void {
    this.#options.response.destroy();
  }

  /** Its id is where the stream begins: who is cut off before the first entry comes back to this place. */
  #hello(): string {
    const { backlog, clock, cursor } = this.#options;
    const { epoch, head, oldest, isDurable: durable } = backlog.journal;
    const { position, gap } = placeOf(backlog.journal, cursor);
    const hello = { type: 'hello', v: 1, epoch, head, oldest, durable, heartbeatMs: HEARTBEAT_MS };
    const id = gap === null ? `id: ${epoch}:${position}\n` : '';
    return `${id}event: hello\ndata: ${JSON.stringify({ ...hello, serverTime: clock.now() })}\n\n`;
  }

  /** The id moves the cursor of a client whose filter matches nothing for a long time. */
  #sayHead(): void {
    if (!this.#feed.isLive) return;
    const head = this.#feed.position;
    const { epoch } = this.#options.backlog.journal;
    this.#write(`id: ${epoch}:${head}\nevent: heartbeat\ndata: {"head":${head}}\n\n`);
  }

  #write(piece: string | Buffer): void {
    this.#sentBytes += Buffer.byteLength(piece);
    this.#options.response.write(piece);
  }
}
