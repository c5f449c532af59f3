import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import WebSocket from 'ws';
import { loadConfig } from '../../src/daemon/config/config.ts';
import { type Daemon, startDaemon } from '../../src/daemon/daemon.ts';
import type { KeyOrder } from '../../src/daemon/guards/keys/key-order.ts';
import { createLogger, secretsOf } from '../../src/daemon/logging/logger.ts';
import { RecentLines } from '../../src/daemon/logging/recent-lines.ts';
import type { DaemonOverrides } from '../../src/daemon/relay/overrides.ts';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  body: any;
}

// biome-ignore lint/suspicious/noExplicitAny: messages of many shapes
type Message = any;

/** A relay beside a simulated 3CX, as a program outside sees it. */
export class RelayRig {
  readonly simulator: Simulator;
  readonly home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  readonly logged: string[] = [];
  readonly #variables: Record<string, string>;
  readonly #overrides: Partial<DaemonOverrides>;
  daemon!: Daemon;
  key = '';

  private constructor(
    simulator: Simulator,
    variables: Record<string, string>,
    overrides: Partial<DaemonOverrides>,
  ) {
    this.simulator = simulator;
    this.#variables = variables;
    this.#overrides = overrides;
  }

  static async start(
    options: SimulatorOptions = {},
    variables: Record<string, string> = {},
    overrides: Partial<DaemonOverrides> = {},
    onSimulator: (simulator: Simulator) => void = () => {},
  ): Promise<RelayRig> {
    const simulator = await startSimulator({ database: 'none', ...options });
    onSimulator(simulator);
    const rig = new RelayRig(simulator, variables, overrides);
    await rig.startDaemon();
    rig.key = await rig.newKey({ name: 'test', permissions: ['read', 'write', 'metrics'] });
    return rig;
  }

  get environment(): Record<string, string> {
    const { pbxUrl, clientId, clientSecret, database } = this.simulator.addresses;
    return {
      RELAY_HOME: this.home,
      FQDN: '127.0.0.1',
      PBX_URL: pbxUrl,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
      PORT: '0',
      KEY_RATE_PER_MINUTE: '100000',
      ...(database && { DB_INI: database.iniFile }),
      ...this.#variables,
    };
  }

  async startDaemon(): Promise<void> {
    const load = () => loadConfig({ environment: this.environment });
    const loaded = load();
    const { config } = loaded;
    const lines = new RecentLines();
    const output = { write: (line: string) => void this.logged.push(line) };
    this.daemon = await startDaemon(
      config,
      createLogger({ level: 'info', secrets: secretsOf(config), output, lines }),
      // Hashes of the usual cost would take half of the tests' time.
      { passwordCost: 4, ...this.#overrides },
      { lines, settings: { loaded, load } },
    );
  }

  /** Resolves when call control is up: from then on every event is heard. */
  async seesCalls(): Promise<void> {
    await vi.waitFor(
      async () => {
        const { body } = await this.get('/relay/health');
        if (body.components.callcontrol?.state !== 'up') throw new Error('call control is not up');
      },
      { timeout: 15_000 },
    );
  }

  async newKey(order: KeyOrder): Promise<string> {
    return (await this.daemon.keys.create(order, 'test')).key;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask('GET', path, { headers });
  }

  async ask(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Reply> {
    const response = await fetch(this.daemon.relayUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }

  connect(
    query = '',
    headers: Record<string, string> = { authorization: `Bearer ${this.key}` },
  ): RelaySocket {
    return new RelaySocket(`${this.daemon.relayUrl.replace('http', 'ws')}/relay/ws${query}`, headers);
  }

  act(action: Parameters<Simulator['pbx']['perform']>[0]): void {
    if (!this.simulator.pbx.perform(action)) throw new Error(`Nothing to do for ${JSON.stringify(action)}`);
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    await this.simulator.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A WebSocket client that keeps all it was sent, and how it ended. */
export class RelaySocket {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  closeCode = 0;
  refusal = 0;
  refusalBody = '';
  refusalHeaders: Record<string, string | string[] | undefined> = {};

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', data => this.messages.push(JSON.parse(String(data))));
    this.socket.on('close', code => {
      this.closeCode = code;
    });
    this.socket.on('error', () => {});
    this.socket.on('unexpected-response', (_, response) => {
      this.refusal = response.statusCode ?? 0;
      this.refusalHeaders = response.headers;
      response.on('data', chunk => {
        this.refusalBody += chunk;
      });
    });
  }

  /** The entries of the log, without hello, heartbeats and gaps that concern only this client. */
  get entries(): Message[] {
    return this.messages.filter(message => message.seq !== undefined);
  }

  of(type: string): Message[] {
    return this.messages.filter(message => message.type === type);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }
}
