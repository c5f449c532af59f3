import { join } from 'node:path';
import { ServerProcess } from './server-process.ts';

export type PeerName = 'ws-broadcast' | 'raw-broadcast' | 'http-fixed' | 'http-pg';

/** A plain server to compare with, in a process of its own like the relay. */
export class Peer {
  readonly process: ServerProcess;
  #port = 0;

  private constructor(process: ServerProcess) {
    this.process = process;
  }

  static async start(name: PeerName, variables: Record<string, string> = {}): Promise<Peer> {
    const file = join(import.meta.dirname, `../peers/${name}.ts`);
    const peer = new Peer(
      new ServerProcess({ command: [process.execPath, file], env: { ...process.env, ...variables } }),
    );
    peer.#port = Number(await peer.process.firstLine());
    return peer;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
