import { EventEmitter, once } from 'node:events';
import {
  connect,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KnobBoard } from '../knobs.ts';

interface DoorOptions {
  /** 0: any free one. */
  port: number;
  /** Its socket carries the door's port in its name, as clients expect. */
  socketFolder: string;
  knobs: KnobBoard;
  server: { port: number; socket: string };
}

interface Answer {
  chunk: Buffer;
  due: number;
}

const HOST = '127.0.0.1';
/** More than the server takes, so that it refuses the next ones in its own words; what comes on top is cut off. */
const CONNECTIONS_LIMIT = 200;
/** Of up to 64 kB each, for each connection; when so many wait, the server is not read from. */
const ANSWERS_HELD_LIMIT = 32;
const REOPEN_DELAY_MS = 100;

/**
 * Stands between clients and the server, so that the server can be gone, slow or silent for them while it stays up:
 * a TCP port that leads to the server's port, and a Unix socket that leads to the server's socket.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #clients = new Set<Socket>();
  readonly #signals = new EventEmitter().setMaxListeners(0);
  #port: number;
  #listening: Server[] = [];
  #turning: Promise<void> = Promise.resolve();
  #forgetKnobs: (() => void) | undefined;
  #isStopped = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Returns the port. It is taken even when the knobs say that nobody is there, so that it is known. */
  async start(): Promise<number> {
    await this.#open().catch(error => {
      throw new Error(
        `The database cannot be reached at port ${this.#port} (${error.message}): ` +
          'free it, or choose another port with --database-port; 0 takes any that is free',
      );
    });
    this.#forgetKnobs = this.#options.knobs.onTurn(() => this.#turn());
    this.#turn();
    await this.#turning;
    return this.#port;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forgetKnobs?.();
    this.#turn();
    await this.#turning;
  }

  #turn(): void {
    this.#turning = this.#turning.then(() => this.#follow());
  }

  async #follow(): Promise<void> {
    if (!this.#isHanging()) this.#signals.emit('awake');
    if (this.#isGone()) return this.#close();
    while (this.#listening.length === 0 && !this.#isGone()) {
      // Somebody else may have taken the port meanwhile: come back as soon as it is free again.
      await this.#open().catch(() => sleep(REOPEN_DELAY_MS));
    }
  }

  #isGone(): boolean {
    return this.#isStopped || this.#options.knobs.current.database === 'gone';
  }

  #isHanging(): boolean {
    return !this.#isStopped && this.#options.knobs.current.database === 'hanging';
  }

  async #open(): Promise<void> {
    const { server, socketFolder } = this.#options;
    const tcp = await this.#listen({ host: HOST, port: this.#port }, { host: HOST, port: server.port });
    const address = tcp.address();
    if (typeof address === 'object' && address) this.#port = address.port;
    try {
      const path = join(socketFolder, `.s.PGSQL.${this.#port}`);
      this.#listening = [tcp, await this.#listen({ path }, { path: server.socket })];
    } catch (error) {
      tcp.close();
      throw error;
    }
  }

  async #listen(at: ListenOptions, target: NetConnectOpts): Promise<Server> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, client =>
      this.#serve(client, target),
    );
    server.listen(at);
    await once(server, 'listening');
    // A connection that could not be taken is for its client to notice.
    server.on('error', () => {});
    return server;
  }

  #close(): void {
    for (const server of this.#listening) server.close();
    this.#listening = [];
    for (const client of this.#clients) client.destroy();
  }

  async #serve(client: Socket, target: NetConnectOpts): Promise<void> {
    if (this.#clients.size >= CONNECTIONS_LIMIT) {
      client.destroy();
      return;
    }
    this.#clients.add(client);
    const server = connect({ noDelay: true, allowHalfOpen: true, ...target });
    const left = new AbortController();
    // In this protocol nobody closes one half only: who says no more reads no more.
    client.once('end', () => left.abort());
    client.once('close', () => {
      this.#clients.delete(client);
      left.abort();
      server.destroy();
    });
    const postmark = new Postmark(() => this.#options.knobs.current.databaseDelayMs);
    const answers = (source: AsyncIterable<Answer>) => this.#whenDue(source, left.signal);
    // Either side may break off at any time; the other then learns it by being closed.
    const questions = pipeline(client, server).catch(() => {});
    await pipeline(server, postmark, answers, client).catch(() => {});
    client.destroy();
    await questions;
  }

  async *#whenDue(source: AsyncIterable<Answer>, signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const { chunk, due } of source) {
      const early = due - performance.now();
      if (early > 0) await sleep(early, undefined, { signal });
      if (this.#isHanging()) await once(this.#signals, 'awake', { signal });
      yield chunk;
    }
    if (this.#isHanging()) await once(this.#signals, 'awake', { signal });
  }
}

/** Notes when each answer may go on, so that a delay adds to its way and not to that of all behind it. */
class Postmark extends Transform {
  readonly #delayMs: () => number;

  constructor(delayMs: () => number) {
    super({ readableObjectMode: true, readableHighWaterMark: ANSWERS_HELD_LIMIT });
    this.#delayMs = delayMs;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, { chunk, due: performance.now() + this.#delayMs() } satisfies Answer);
  }
}
