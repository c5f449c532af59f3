import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { vi } from 'vitest';
import type { Clock } from '../../src/daemon/core/ports.ts';
import { SOCKET_LIMITS } from '../../src/daemon/sources/reconnecting-socket.ts';
import type { ThreeCxLimits } from '../../src/daemon/sources/threecx/options.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { RelayRig, RelaySocket } from '../relay/relay-rig.ts';

/** A 3CX source that notices in tenths of a second what takes it seconds in life. */
export const QUICK_SOURCE: Partial<ThreeCxLimits> = {
  snapshotRetryMs: 100,
  pollGapMinMs: 20,
  activeCallsEveryMs: 300,
  activeCallsOnlySourceMs: 300,
  agentsEveryMs: 1000,
  refusedRetryMs: 500,
  credentialsRetryMs: 500,
  tokenRetryMs: 100,
  tokenRetryCapMs: 500,
  zombieGraceMs: 100,
  contestedMs: 50,
  contestedCapMs: 200,
  socket: {
    ...SOCKET_LIMITS,
    pingEveryMs: 200,
    deadAfterMs: 600,
    handshakeMs: 1000,
    firstRetryMs: 200,
    retryFloorMs: 50,
    retryCapMs: 500,
  },
};

/** The clocks of this machine, set by hand. */
export class SteppedClock implements Clock {
  #wallMs = 0;
  #elapsedMs = 0;

  now(): number {
    return Date.now() + this.#wallMs;
  }

  elapsed(): number {
    return performance.now() + this.#elapsedMs;
  }

  /** As when somebody sets the clock: no time passes. */
  setWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** As if so much time had passed. */
  pass(ms: number): void {
    this.#wallMs += ms;
    this.#elapsedMs += ms;
  }
}

/** Also where `expect.poll` cannot be: before and after the tests. */
export const PATIENCE = { timeout: 15_000, interval: 10 };

let calls = 0;

/** Lets somebody ring an extension; the number tells this call from all others. */
export function ring(rig: RelayRig, dn = '101'): { call: string; number: string } {
  calls += 1;
  const call = `fault-${calls}`;
  const number = `+4420794${String(calls).padStart(5, '0')}`;
  rig.act({ do: 'dialIn', call, from: number, did: '+442079460200' });
  rig.act({ do: 'route', call, to: dn });
  return { call, number };
}

/** A new call reaches the client, so events flow as they should. */
export async function hearsCalls(rig: RelayRig, socket: RelaySocket): Promise<void> {
  const { call, number } = ring(rig);
  await vi.waitUntil(() => socket.of('call').some(({ data }) => data.call.from.number === number), PATIENCE);
  rig.act({ do: 'hangUp', call, by: 'caller' });
}

export async function opened(socket: RelaySocket): Promise<RelaySocket> {
  await vi.waitUntil(() => socket.of('hello').length === 1, PATIENCE);
  return socket;
}

interface Frame {
  isFinal: boolean;
  opcode: number;
  payload: Buffer;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface FrameOptions {
  payload?: Buffer | string;
  isFinal?: boolean;
  isMasked?: boolean;
  /** The three reserved bits as they stand in the first byte. */
  reserved?: number;
}

/** One frame as a client sends it, as wrong as is asked for. */
export function frame(opcode: number, options: FrameOptions = {}): Buffer {
  const { payload = '', isFinal = true, isMasked = true, reserved = 0 } = options;
  const body = Buffer.from(payload);
  const mask = isMasked ? 0x80 : 0;
  const lead = (isFinal ? 0x80 : 0) | reserved | opcode;
  const size = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  size[0] = lead;
  if (size.length === 2) size[1] = mask | body.length;
  if (size.length === 4) size[1] = mask | 126;
  if (size.length === 4) size.writeUInt16BE(body.length, 2);
  if (size.length === 10) size[1] = mask | 127;
  if (size.length === 10) size.writeBigUInt64BE(BigInt(body.length), 2);
  if (!isMasked) return Buffer.concat([size, body]);
  const key = randomBytes(4);
  return Buffer.concat([size, key, body.map((byte, index) => byte ^ (key[index % 4] ?? 0))]);
}

/** A client by hand, byte by byte: it does what no library would, and answers nothing by itself. */
export class RawClient {
  readonly socket: Socket;
  hasEnded = false;
  isClosed = false;
  #bytes = Buffer.alloc(0);

  constructor(url: string) {
    this.socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', chunk => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    this.socket.on('end', () => {
      this.hasEnded = true;
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.on('error', () => {});
  }

  /** An open WebSocket that has said nothing yet. */
  static async upgraded(rig: RelayRig, query = ''): Promise<RawClient> {
    const client = new RawClient(rig.daemon.relayUrl);
    client.send(upgradeText({ query, headers: [`Authorization: Bearer ${rig.key}`] }));
    await vi.waitUntil(() => client.frames.length > 0, PATIENCE);
    return client;
  }

  send(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** All that came, as text. */
  get text(): string {
    return this.#bytes.toString('latin1');
  }

  get frames(): Frame[] {
    const start = this.text.startsWith('HTTP/1.1 101 ') ? this.text.indexOf('\r\n\r\n') + 4 : -1;
    return start < 4 ? [] : framesIn(this.#bytes.subarray(start));
  }

  /** Of the close frame that came; null while there is none. */
  get closeCode(): number | null {
    const close = this.frames.find(({ opcode }) => opcode === OPCODE.close);
    return close && close.payload.length >= 2 ? close.payload.readUInt16BE(0) : null;
  }

  async connected(): Promise<void> {
    if (this.socket.connecting) await once(this.socket, 'connect');
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Whether one more connection is possible: where only few are, whoever was let go has made room. */
export async function hasRoom(rig: RelayRig): Promise<boolean> {
  const client = new RawClient(rig.daemon.relayUrl);
  client.send('GET /relay/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await vi.waitUntil(() => client.isClosed || client.hasEnded, PATIENCE);
  client.destroy();
  return client.text.startsWith('HTTP/1.1 ');
}

export function upgradeText({
  query = '',
  headers = [],
  path = '/relay/ws',
}: {
  query?: string;
  headers?: string[];
  path?: string;
}): string {
  const lines = [
    `GET ${path}${query} HTTP/1.1`,
    'Host: relay',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (bytes.length >= at + 2) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < at + head) break;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    if (bytes.length < at + head + length) break;
    const lead = bytes[at] ?? 0;
    const payload = bytes.subarray(at + head, at + head + length);
    frames.push({ isFinal: (lead & 0x80) !== 0, opcode: lead & 0x0f, payload });
    at += head + length;
  }
  return frames;
}

type TokenAnswer = { status: number; type: string; body: string } | 'hang' | null;

/** A proxy before the phone system, as many have one: it can answer in its place, and say more than it said. */
export interface Front {
  url: string;
  leadTo(simulator: Simulator): void;
  /** What comes instead of a token; null for what the phone system itself says. */
  answer(token: TokenAnswer): void;
  /** A frame on the live socket that the phone system never sent; bytes go as a binary one. */
  say(what: string | Buffer): void;
  stop(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  let target = { host: '127.0.0.1', port: 0 };
  let instead: TokenAnswer = null;
  const sockets = new Set<Duplex>();
  const live = new Set<Socket>();

  function pass(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/connect/token' && instead !== null) {
      if (instead !== 'hang')
        response.writeHead(instead.status, { 'content-type': instead.type }).end(instead.body);
      return;
    }
    const { method, url: path, headers } = request;
    const onward = ask({ ...target, ...(method && { method }), ...(path && { path }), headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer(pass);
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, near: Socket, head: Buffer) => {
    const far = connect(target);
    const lines = [];
    for (let index = 0; index < request.rawHeaders.length; index += 2)
      lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
    live.add(near);
    for (const [one, other] of [
      [far, near],
      [near, far],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => {
        other.destroy();
        live.delete(near);
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: simulator => {
      target = { host: '127.0.0.1', port: Number(new URL(simulator.addresses.pbxUrl).port) };
    },
    answer: token => {
      instead = token;
    },
    say: what => {
      const opcode = typeof what === 'string' ? OPCODE.text : OPCODE.binary;
      for (const socket of live) socket.write(frame(opcode, { payload: what, isMasked: false }));
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
