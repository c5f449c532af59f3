import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Addresses } from '../../src/simulator/simulator.ts';
import { ServerProcess } from './server-process.ts';

export interface Pbx {
  url: string;
  clientId: string;
  clientSecret: string;
  iniFile?: string;
}

/** A simulated phone system as the relay is told of it. */
export function pbxOf(addresses: Addresses): Pbx {
  const { pbxUrl, clientId, clientSecret, database } = addresses;
  return { url: pbxUrl, clientId, clientSecret, ...(database && { iniFile: database.iniFile }) };
}

interface RelayOptions {
  pbx: Pbx;
  /** How many keys clients share. */
  keys?: number;
  /** For `--cpu-prof` and its like. */
  nodeOptions?: string;
  variables?: Record<string, string>;
}

/** `BENCH_RELAY` measures another checkout's launcher. */
export const LAUNCHER = process.env['BENCH_RELAY'] ?? join(import.meta.dirname, '../../bin/3cx-relay');
const READY_MS = 30_000;
const LOOK_EVERY_MS = 25;

/** Everything else is as delivered: journal on, keys checked. */
const CAPS = {
  WS_MAX_PER_KEY: '100000',
  WS_MAX_PER_IP: '100000',
  WS_MAX_CLIENTS: '100000',
  WS_HANDSHAKES_PER_SECOND: '10000',
  KEY_RATE_PER_MINUTE: '1000000',
};

/** The relay as it runs in the field: its launcher, its daemon, its own folder. */
export class Relay {
  readonly port: number;
  readonly keys: readonly string[];
  /** Where its files are. */
  readonly home: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clean = (): void => rmSync(this.home, { recursive: true, force: true });
  process: ServerProcess;

  private constructor(parts: { port: number; keys: string[]; environment: NodeJS.ProcessEnv; home: string }) {
    this.port = parts.port;
    this.keys = parts.keys;
    this.#environment = parts.environment;
    this.home = parts.home;
    this.process = this.#spawn();
    process.once('exit', this.#clean);
  }

  static async start({ pbx, keys: count = 1, nodeOptions, variables }: RelayOptions): Promise<Relay> {
    const home = mkdtempSync(join(tmpdir(), '3cx-relay-bench-'));
    const port = await freePort();
    const environment = {
      ...process.env,
      RELAY_HOME: home,
      FQDN: '127.0.0.1',
      PBX_URL: pbx.url,
      CLIENT_ID: pbx.clientId,
      CLIENT_SECRET: pbx.clientSecret,
      PORT: String(port),
      LOG_LEVEL: 'error',
      ...CAPS,
      ...(pbx.iniFile && { DB_INI: pbx.iniFile }),
      ...variables,
    };
    const keys: string[] = [];
    for (let index = 0; index < count; index++) keys.push(await createKey(environment, index));
    const relay = new Relay({
      ...{ port, keys, home },
      environment: { ...environment, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) },
    });
    try {
      await relay.seesCalls();
      return relay;
    } catch (error) {
      await relay.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  key(index = 0): string {
    return this.keys[index % this.keys.length] ?? '';
  }

  /** By the command line, as an operator would. */
  async revoke(index: number): Promise<void> {
    const id = this.key(index).split('_')[1] ?? '';
    await promisify(execFile)(LAUNCHER, ['keys', 'revoke', id, '--yes'], { env: this.#environment });
  }

  /** After a kill: the same folder, the same port. Resolves at once; see `seesCalls`. */
  restart(): void {
    this.process = this.#spawn();
  }

  /** Resolves when call control is up: from then on every event is heard. */
  async seesCalls(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (performance.now() < deadline) {
      if (this.process.hasEnded) throw new Error('The relay ended at its start; what it said stands above');
      const health = await fetch(`${this.url}/relay/health`).then(
        async response => (await response.json()) as { components?: Record<string, { state: string }> },
        () => null,
      );
      if (health?.components?.['callcontrol']?.state === 'up') return;
      await wait(LOOK_EVERY_MS);
    }
    throw new Error(`The relay did not connect to call control within ${READY_MS / 1000} s`);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    this.#clean();
    process.off('exit', this.#clean);
  }

  #spawn(): ServerProcess {
    return new ServerProcess({ command: [LAUNCHER, 'daemon'], env: this.#environment });
  }
}

async function createKey(environment: NodeJS.ProcessEnv, index: number): Promise<string> {
  const order = ['keys', 'create', '--name', `bench-${index}`, '--permission', 'read', '--json'];
  const { stdout } = await promisify(execFile)(LAUNCHER, order, { env: environment });
  return JSON.parse(stdout).data.key;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
