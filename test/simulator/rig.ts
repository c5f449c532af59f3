import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ReferenceClient } from './reference-client.ts';

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  body: any;
}

/** A simulator without a database, a plain client, and short words for asking both. */
export interface Rig {
  simulator: Simulator;
  client: ReferenceClient;
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  stop(): Promise<void>;
}

export async function startRig(options: SimulatorOptions = {}): Promise<Rig> {
  const simulator = await startSimulator({ database: 'none', ...options });
  const { pbxUrl, controlUrl, clientId, clientSecret } = simulator.addresses;
  const client = new ReferenceClient(pbxUrl, { clientId, clientSecret });
  return {
    simulator,
    client,
    get: async path => replyOf(await client.get(path)),
    post: async (path, body) => {
      const headers = { authorization: `Bearer ${await client.token()}`, 'content-type': 'application/json' };
      return replyOf(
        await fetch(pbxUrl + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }),
      );
    },
    control: async (method, path, body) => {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
      return replyOf(await fetch(controlUrl + path, init));
    },
    stop: async () => {
      await client.close();
      await simulator.stop();
    },
  };
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}
