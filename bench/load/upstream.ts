import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FrameMaker, PARTICIPANTS } from './frames.ts';

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TOKEN_SECONDS = 86_400;
const OPCODE_PING = 9;
const PONG = 0x8a;
const MASK_BYTES = 4;

/**
 * As much of a 3CX as a relay needs to follow its events: token, snapshot, lists, and a socket that sends whatever
 * frames the bench wants, as fast as it wants. Peers connect to the same socket and need nothing else of it.
 */
export class Upstream {
  readonly #server: Server;
  readonly #frames = new FrameMaker();
  #socket: Duplex | null = null;
  #onConnected: (() => void) | null = null;

  constructor() {
    this.#server = createServer((request, response) => answer(request, response));
    this.#server.on('upgrade', (request, socket) => this.#welcome(request, socket));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Events sent so far. */
  get sent(): number {
    return this.#frames.made;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async connected(): Promise<void> {
    if (this.#socket) return;
    await new Promise<void>(resolve => {
      this.#onConnected = resolve;
    });
  }

  /** So many events in one write. */
  send(count: number): void {
    if (!this.#socket)
      throw new Error('Nobody is connected to the upstream: the server under test has lost it');
    this.#socket.write(this.#frames.next(count));
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #welcome(request: IncomingMessage, socket: Duplex): void {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    (socket as Socket).setNoDelay(true);
    socket.on('data', bytes => answerPing(socket, bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    this.#socket = socket;
    this.#onConnected?.();
  }
}

/** Clients send nothing but pings and a close, each in one piece. */
function answerPing(socket: Duplex, bytes: Buffer): void {
  if (((bytes[0] ?? 0) & 0x0f) !== OPCODE_PING) return;
  const length = (bytes[1] ?? 0) & 0x7f;
  const mask = bytes.subarray(2, 2 + MASK_BYTES);
  const payload = Buffer.from(bytes.subarray(2 + MASK_BYTES, 2 + MASK_BYTES + length));
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % MASK_BYTES] ?? 0);
  socket.write(Buffer.concat([Buffer.from([PONG, length]), payload]));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = (request.url ?? '').split('?')[0] ?? '';
  const body = bodyOf(path, new URLSearchParams((request.url ?? '').split('?')[1] ?? ''));
  response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body ?? {}));
}

function bodyOf(path: string, query: URLSearchParams): unknown {
  switch (path) {
    case '/connect/token':
      return { token_type: 'Bearer', expires_in: TOKEN_SECONDS, access_token: 'bench', refresh_token: null };
    case '/callcontrol':
      return PARTICIPANTS.map(leg => ({ dn: leg.dn, type: 'Wextension', devices: [], participants: [leg] }));
    case '/xapi/v1/ActiveCalls':
      return { value: activeCalls() };
    case '/xapi/v1/Users':
      return { value: query.get('$skip') === '0' ? users() : [] };
    case '/xapi/v1/Queues':
    case '/xapi/v1/RingGroups':
    case '/xapi/v1/Receptionists':
      return { value: [] };
    default:
      return undefined;
  }
}

function activeCalls(): unknown[] {
  const now = new Date().toISOString();
  return PARTICIPANTS.filter(leg => leg.legid === 1).map(leg => ({
    Id: leg.callid,
    Caller: `${leg.dn} ${leg.party_caller_name}`,
    Callee: `${leg.party_dn} ${leg.party_caller_name}`,
    Status: 'Talking',
    LastChangeStatus: now,
    EstablishedAt: now,
    ServerNow: now,
  }));
}

function users(): unknown[] {
  return PARTICIPANTS.map(leg => ({
    Number: leg.dn,
    FirstName: 'Wilhelmina Alexandra (Accounts, second floor)',
    LastName: 'Featherstonehaugh-Montgomery',
    QueueStatus: 'LoggedIn',
    CurrentProfileName: 'Available',
    IsRegistered: true,
  }));
}
