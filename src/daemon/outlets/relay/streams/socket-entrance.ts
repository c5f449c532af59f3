import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../../../../shared/errors.ts';
import { CLOSE, MESSAGE_MAX_BYTES } from '../../../../shared/relay-api.ts';
import type { Cursor } from '../../../core/log/cursor.ts';
import type { EntryFilter } from '../../../core/log/filter.ts';
import type { Principal } from '../../../guards/principal.ts';
import { answerBare } from '../../http/bare-answer.ts';
import { checkedQuery } from '../../http/checked-input.ts';
import type { HttpAppOptions } from '../../http/http-app.ts';
import { asAppError } from '../../http/problem.ts';
import { pathOf, refuseOdd, requestIdOf, searchOf } from '../../http/request-parts.ts';
import { filterFor } from '../gate.ts';
import type { RelayParts } from '../routes/parts.ts';
import { streamQuery } from '../routes/schemas.ts';
import { Session, type SessionLimits } from './session.ts';
import { comeBackSeconds, type StreamRegister, tooManyStreams } from './stream-register.ts';

interface EntranceOptions {
  parts: RelayParts;
  streams: StreamRegister;
  handshakesPerSecond: number;
  limits: { session?: Partial<SessionLimits>; handshakeWithinMs?: number };
  onError: HttpAppOptions<Principal>['onError'];
  onClosed: (about: { keyId: string; code: number; wasSlow: boolean }) => void;
}

/** Who was let in, and what for. */
interface Guest {
  client: Principal;
  filter: EntryFilter;
  cursor: Cursor;
}

const SOCKET_PATH = '/relay/ws';
/** Upgraded sockets are outside all of node:http's time limits. */
const HANDSHAKE_WITHIN_MS = 10_000;
const FRAGMENTS_MAX = 64;
/** A client that does not answer our close is let go. */
const CLOSE_WITHIN_MS = 5000;
const RECONNECT_SPREAD_MS = 10_000;

/** Where WebSocket clients come in: the key is checked before the upgrade, and a refusal is an HTTP answer. */
export class SocketEntrance {
  readonly #options: EntranceOptions;
  readonly #server: WebSocketServer;
  readonly #sessions = new Set<Session>();
  #handshakes = { second: 0, count: 0 };
  #handshakesPerSecond: number;

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#handshakesPerSecond = options.handshakesPerSecond;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // One idle client costs 7 KiB without deflate and 236 KiB with it.
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      maxFragments: FRAGMENTS_MAX,
      // Spread because the types do not know it yet.
      ...{ closeTimeout: CLOSE_WITHIN_MS },
    });
    this.#server.on('error', () => {});
  }

  setHandshakesPerSecond(count: number): void {
    this.#handshakesPerSecond = count;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const deadline = setTimeout(() => {
      this.#refuse(socket, request, new AppError('E_TIMEOUT', { detail: 'The handshake took too long.' }));
    }, this.#options.limits.handshakeWithinMs ?? HANDSHAKE_WITHIN_MS);
    this.#admit(request)
      .then(guest => {
        // It was refused for its slowness, or has gone.
        if (socket.writableEnded || socket.destroyed) return;
        // The answer to the upgrade, hello and what was missed go out together.
        socket.cork();
        this.#server.handleUpgrade(request, socket, head, webSocket =>
          this.#orClose(webSocket, request, () =>
            this.#welcome({ socket: webSocket, wire: socket }, request, guest),
          ),
        );
        process.nextTick(() => socket.uncork());
      })
      .catch((error: unknown) => this.#refuse(socket, request, error))
      .finally(() => clearTimeout(deadline));
  }

  /** Clients are told to come back, spread over some seconds, then closed. */
  stop(): void {
    for (const session of this.#sessions) {
      session.sayReconnect(Math.floor(Math.random() * RECONNECT_SPREAD_MS));
      session.close(CLOSE.restart, 'restart');
    }
  }

  #refuse(socket: Duplex, request: IncomingMessage, error: unknown): void {
    const problem = asAppError(error);
    const about = aboutOf(request);
    if (problem.code === 'E_INTERNAL') this.#options.onError(error, about);
    answerBare(socket, problem, { path: pathOf(request), requestId: about.requestId });
  }

  /** After the upgrade there is no HTTP answer any more: what fails then is told by a close code. */
  #orClose(socket: WebSocket, request: IncomingMessage, work: () => void): void {
    socket.on('error', () => socket.terminate());
    try {
      work();
    } catch (error) {
      this.#options.onError(error, aboutOf(request));
      socket.close(CLOSE.internal, 'our fault');
    }
  }

  async #admit(request: IncomingMessage): Promise<Guest> {
    const { parts, streams } = this.#options;
    refuseOdd(request);
    if (pathOf(request) !== SOCKET_PATH)
      throw new AppError('E_NOT_FOUND', { detail: `WebSockets are at ${SOCKET_PATH}.` });
    this.#limitStorm();
    parts.gate.greet(request);
    checkedQuery(searchOf(request), streamQuery);
    const query = streamQuery.parse(Object.fromEntries(searchOf(request)));
    const client = await parts.gate.admitUpgrade(request);
    const filter = filterFor(client, query);
    if (!streams.hasRoomFor(client.keyId, parts.gate.addressOf(request))) throw tooManyStreams();
    return { client, filter, cursor: { after: query.after ?? null, epoch: query.epoch ?? null } };
  }

  /** After an outage everybody comes at once; who is sent away comes back spread over some seconds. */
  #limitStorm(): void {
    const second = Math.floor(this.#options.parts.clock.elapsed() / 1000);
    if (second !== this.#handshakes.second) this.#handshakes = { second, count: 0 };
    this.#handshakes.count += 1;
    if (this.#handshakes.count <= this.#handshakesPerSecond) return;
    throw new AppError('E_UNAVAILABLE', {
      detail: 'Too many clients connect at this moment; try again shortly.',
      retryAfterSeconds: comeBackSeconds(),
    });
  }

  #welcome(
    { socket, wire }: { socket: WebSocket; wire: Duplex },
    request: IncomingMessage,
    { client, filter, cursor }: Guest,
  ): void {
    const { parts, streams, onClosed, onError, limits } = this.#options;
    const { backlog, hub, clock, gate } = parts;
    const id = randomUUID();
    const address = gate.addressOf(request);
    // Kept as long as the client is there, so not the request itself, which is larger than all the rest.
    const about = aboutOf(request);
    const session: Session = new Session({
      ...{ id, socket, wire, backlog, hub, clock, filter, cursor },
      narrow: asked => filterFor(client, asked),
      limits: limits.session,
      onFault: error => onError(error, about),
      onClosed: ({ code, wasSlow }) => {
        this.#sessions.delete(session);
        onClosed({ keyId: client.keyId, code, wasSlow });
      },
    });
    const { keyId, name: keyName } = client;
    const holder = { id, kind: 'websocket', keyId, keyName, address, connectedAt: clock.now() } as const;
    const isAdmitted = streams.add(holder, {
      start: () => {
        this.#sessions.add(session);
        session.start();
        return session;
      },
      onEnd: ended => socket.on('close', ended),
    });
    // The last place went to somebody else between the check and the upgrade.
    if (!isAdmitted) socket.close(CLOSE.tooMany, 'too many connections');
  }
}

function aboutOf(request: IncomingMessage): { requestId: string; method: string; route: string } {
  return { requestId: requestIdOf(request), method: 'GET', route: SOCKET_PATH };
}
