import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { RelayRig } from './relay-rig.ts';

// How often is a matter of patience; a hundred were run by hand, the figures are in docs/performance.md.
const KILLS = Number(process.env['KILLS'] ?? 6);
const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
const run = promisify(execFile);

/** Reconnects for ever with its last seq, as the documentation tells clients to. */
class ResumingClient {
  readonly seqs: number[] = [];
  readonly gaps: unknown[] = [];
  readonly holes: string[] = [];
  readonly #url: string;
  readonly #key: string;
  readonly #query: string;
  #cursor = 0;
  #epoch = '';
  #socket: WebSocket | undefined;
  #isWanted = true;

  constructor(url: string, key: string, query = '') {
    this.#url = url;
    this.#key = key;
    this.#query = query;
    this.#connect();
  }

  get last(): number {
    return this.#cursor;
  }

  stop(): void {
    this.#isWanted = false;
    this.#socket?.terminate();
  }

  #connect(): void {
    const epoch = this.#epoch === '' ? '' : `&epoch=${this.#epoch}`;
    const socket = new WebSocket(`${this.#url}/relay/ws?after=${this.#cursor}${epoch}${this.#query}`, {
      headers: { authorization: `Bearer ${this.#key}` },
    });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#isWanted) setTimeout(() => this.#connect(), 20);
    });
    socket.on('message', data => {
      const message = JSON.parse(String(data));
      if (message.type === 'hello') this.#epoch = message.epoch;
      if (message.seq === undefined) {
        if (message.type === 'gap') this.gaps.push(message);
        return;
      }
      if (message.prev > this.#cursor) this.holes.push(`prev ${message.prev} after ${this.#cursor}`);
      this.seqs.push(message.seq);
      this.#cursor = message.seq;
    });
  }
}

let rig: RelayRig | undefined;
let child: ChildProcess | undefined;
afterAll(async () => {
  child?.kill('SIGKILL');
  await rig?.stop();
});

it('loses, repeats and reorders nothing when it is killed again and again', {
  timeout: 60_000 + KILLS * 3000,
}, async () => {
  rig = await RelayRig.start({ extensions: 200, queues: 5, speed: 10, seed: 3 });
  const port = await freePort();
  const { environment } = rig;
  await rig.daemon.stop();
  const env = { ...process.env, ...environment, PORT: String(port), LOG_LEVEL: 'error' };
  const { stdout } = await run(
    launcher,
    ['keys', 'create', '--name', 'kill', '--permission', 'read', '--json'],
    { env },
  );
  const { key } = JSON.parse(stdout).data;
  const startDaemon = (): void => {
    child = spawn(launcher, ['daemon'], { env, stdio: 'inherit' });
  };

  startDaemon();
  const url = `ws://127.0.0.1:${port}`;
  const everything = [new ResumingClient(url, key), new ResumingClient(url, key)];
  const filtered = new ResumingClient(url, key, '&types=call');
  rig.simulator.pbx.openOffice(420);
  for (let kill = 0; kill < KILLS; kill++) {
    const before = everything[0]?.last ?? 0;
    await expect.poll(() => everything[0]?.last ?? 0, { timeout: 15_000 }).toBeGreaterThan(before + 20);
    // At any moment of its work, which the seed of the office does not know.
    await wait(Math.random() * 300);
    const ended = child && once(child, 'exit');
    child?.kill('SIGKILL');
    await ended;
    startDaemon();
  }
  const target = (everything[0]?.last ?? 0) + 50;
  await expect
    .poll(() => Math.min(...everything.map(client => client.last)), { timeout: 15_000 })
    .toBeGreaterThan(target);

  for (const client of everything) {
    client.stop();
    expect(client.gaps).toEqual([]);
    expect(client.seqs).toEqual(client.seqs.map((_, index) => index + 1));
  }
  filtered.stop();
  expect([...filtered.gaps, ...filtered.holes]).toEqual([]);
  expect(filtered.seqs).toEqual([...new Set(filtered.seqs)].toSorted((a, b) => a - b));
  if (process.env['KILLS'])
    process.stderr.write(`${KILLS} kills, ${everything[0]?.seqs.length} entries to each client\n`);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
