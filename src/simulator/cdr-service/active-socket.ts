import { connect, type Socket } from 'node:net';
import type { CdrOutput } from './cdr-output.ts';
import { isLoopback } from './cdr-settings.ts';

interface ActiveSocketOptions {
  address: string;
  port: number;
  bufferMaxBytes: number;
  reconnectMs: number;
}

/**
 * The PBX connects to the reader, again and again while there is none. What happens meanwhile is lost.
 * 3CX: how the real service reconnects is unknown; the pause is a guess, the loss is what readers report.
 */
export class ActiveSocket implements CdrOutput {
  readonly port = null;
  readonly #options: ActiveSocketOptions;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ActiveSocketOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { address } = this.#options;
    if (!isLoopback(address)) {
      throw new Error(
        `CDR ActiveSocket: ${address} is not this machine; the simulator connects to loopback only`,
      );
    }
    this.#connect();
  }

  send(line: string): void {
    const socket = this.#socket;
    if (!socket || socket.connecting || socket.destroyed) return;
    socket.write(line);
    if (socket.writableLength > this.#options.bufferMaxBytes) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket || socket.closed) return;
    await new Promise<void>(resolve => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  #connect(): void {
    const { address, port, reconnectMs } = this.#options;
    const socket = connect({ host: address, port });
    this.#socket = socket;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#connect(), reconnectMs);
    });
    socket.resume();
  }
}
