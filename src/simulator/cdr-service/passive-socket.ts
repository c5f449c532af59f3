import { createServer, type Server, type Socket } from 'node:net';
import type { CdrOutput } from './cdr-output.ts';

const LISTEN_ADDRESS = '127.0.0.1';
const READERS_MAX = 50;

/** The PBX listens; every reader gets every line from the moment it connected on. */
export class PassiveSocket implements CdrOutput {
  readonly #wantedPort: number;
  /** A reader that lets more than this pile up is cut off. */
  readonly #bufferMaxBytes: number;
  readonly #readers = new Set<Socket>();
  readonly #server: Server;

  constructor({ port, bufferMaxBytes }: { port: number; bufferMaxBytes: number }) {
    this.#wantedPort = port;
    this.#bufferMaxBytes = bufferMaxBytes;
    this.#server = createServer(reader => this.#welcome(reader));
    this.#server.maxConnections = READERS_MAX;
  }

  get port(): number | null {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : null;
  }

  get readers(): number {
    return this.#readers.size;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#wantedPort, LISTEN_ADDRESS, () => {
        this.#server.off('error', reject);
        // A failed accept concerns one reader only.
        this.#server.on('error', () => {});
        resolve();
      });
    });
  }

  send(line: string): void {
    for (const reader of this.#readers) {
      reader.write(line);
      if (reader.writableLength > this.#bufferMaxBytes) reader.destroy();
    }
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const reader of this.#readers) reader.destroy();
    await closed;
  }

  #welcome(reader: Socket): void {
    this.#readers.add(reader);
    reader.on('close', () => this.#readers.delete(reader));
    reader.on('error', () => reader.destroy());
    // Whatever a reader says is not listened to, but must be taken off the line.
    reader.resume();
  }
}
