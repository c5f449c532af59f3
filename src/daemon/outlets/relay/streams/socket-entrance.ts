import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../../../../shared/errors.ts';
import { CLOSE, MESSAGE_MAX_BYTES } from '../../../../shared/relay-api.ts';
import type { Principal } from '../../../guards/principal.ts';
import { checkedQuery } from '../../http/checked-input.ts';
import { searchOf } from '../../http/http-app.ts';
import { asAppError, problemOf } from '../../http/problem.ts';
import { filterFor } from '../gate.ts';
import type { RelayParts } from '../routes/parts.ts';
import { streamQuery } from '../routes/schemas.ts';
import { Session } from './session.ts';
import type { StreamRegister } from './stream-register.ts';

interface EntranceOptions {
  parts: RelayParts;
  streams: StreamRegister;
  handshakesPerSecond: number;
  onClosed: (about: { keyId: string; code: number; wasSlow: boolean }) => void;
}

/** What an operator sees of a connected client. */
export interface ConnectedClient {
  id: string;
  keyId: string;
  keyName: string;
  address: string;
  connectedAt: number;
  session: Session;
}

const SOCKET_PATH = '/relay/ws';
/** Upgraded sockets are outside all of node:http's time limits. */
const HANDSHAKE_WITHIN_MS = 10_000;
const FRAGMENTS_MAX = 64;
const RETRY_AFTER_SECONDS = { low: 2, high: 10 };
const RECONNECT_SPREAD_MS = 10_000;

/** Where WebSocket clients come in: the key is checked before the upgrade, and a refusal is an HTTP answer. */
export class SocketEntrance {
  readonly #options: EntranceOptions;
  readonly #server: WebSocketServer;
  readonly #clients = new Map<string, ConnectedClient>();
  #handshakes = { second: 0, count: 0 };

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // One idle client costs 7 KiB without deflate and 236 KiB with it.
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      maxFragments: FRAGMENTS_MAX,
    });
    this.#server.on('error', () => {});
  }

  clients(): ConnectedClient[] {
    return [...this.#clients.values()];
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const deadline = setTimeout(() => {
      refuse(socket, request, new AppError('E_TIMEOUT', { detail: 'The handshake took too long.' }));
    }, HANDSHAKE_WITHIN_MS);
    this.#admit(request)
      .then(client => {
        if (socket.destroyed) return;
        this.#server.handleUpgrade(request, socket, head, webSocket =>
          this.#welcome(webSocket, request, client),
        );
      })
      .catch((error: unknown) => refuse(socket, request, asAppError(error)))
      .finally(() => clearTimeout(deadline));
  }

  /** Clients are told to come back, spread over some seconds, then closed. */
  stop(): void {
    for (const { session } of this.#clients.values()) {
      session.sayReconnect(Math.floor(Math.random() * RECONNECT_SPREAD_MS));
      session.close(CLOSE.restart, 'restart');
    }
  }

  async #admit(request: IncomingMessage): Promise<Principal> {
    const { parts, streams } = this.#options;
    const path = (request.url ?? '').split('?')[0];
    if (path !== SOCKET_PATH)
      throw new AppError('E_NOT_FOUND', { detail: `WebSockets are at ${SOCKET_PATH}.` });
    this.#limitStorm();
    parts.gate.greet(request);
    checkedQuery(searchOf(request), streamQuery);
    const client = await parts.gate.admitUpgrade(request);
    if (!streams.hasRoomFor(client.keyId, parts.gate.addressOf(request))) {
      throw new AppError('E_TOO_MANY_CLIENTS', {
        detail:
          'The relay, this key or this address has as many connections as it may have; close some first.',
        retryAfterSeconds: retryAfter(),
      });
    }
    return client;
  }

  /** After an outage everybody comes at once; who is sent away comes back spread over some seconds. */
  #limitStorm(): void {
    const second = Math.floor(this.#options.parts.clock.elapsed() / 1000);
    if (second !== this.#handshakes.second) this.#handshakes = { second, count: 0 };
    this.#handshakes.count += 1;
    if (this.#handshakes.count <= this.#options.handshakesPerSecond) return;
    throw new AppError('E_UNAVAILABLE', {
      detail: 'Too many clients connect at this moment; try again shortly.',
      retryAfterSeconds: retryAfter(),
    });
  }

  #welcome(socket: WebSocket, request: IncomingMessage, client: Principal): void {
    const { parts, streams, onClosed } = this.#options;
    const { journal, hub, clock, gate } = parts;
    const {
      after = null,
      epoch = null,
      ...wanted
    } = streamQuery.parse(Object.fromEntries(searchOf(request)));
    const id = randomUUID();
    const address = gate.addressOf(request);
    const session = new Session({
      ...{ id, socket, journal, hub, clock },
      filter: filterFor(client, wanted),
      cursor: { after, epoch },
      narrow: asked => filterFor(client, asked),
      onClosed: ({ code, wasSlow }) => {
        this.#clients.delete(id);
        onClosed({ keyId: client.keyId, code, wasSlow });
      },
    });
    const isAdmitted = streams.add(client.keyId, address, {
      start: () => {
        this.#clients.set(id, {
          id,
          keyId: client.keyId,
          keyName: client.name,
          address,
          connectedAt: clock.now(),
          session,
        });
        session.start();
        return why => session.close(why === 'revoked' ? CLOSE.keyInvalid : CLOSE.restart, why);
      },
      onEnd: ended => socket.on('close', ended),
    });
    // The last place went to somebody else between the check and the upgrade.
    if (!isAdmitted) socket.close(CLOSE.tooMany, 'too many connections');
  }
}

function refuse(socket: Duplex, request: IncomingMessage, error: AppError): void {
  if (socket.destroyed) return;
  const { status } = error.kind;
  const body = JSON.stringify(
    problemOf(error, {
      path: SOCKET_PATH,
      requestId: request.headers['x-request-id']?.toString() ?? randomUUID(),
    }),
  );
  const retry = error.retryAfterSeconds === null ? '' : `Retry-After: ${error.retryAfterSeconds}\r\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `${retry}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function retryAfter(): number {
  const { low, high } = RETRY_AFTER_SECONDS;
  return low + Math.floor(Math.random() * (high - low + 1));
}
