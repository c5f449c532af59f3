import type { AddressInfo } from 'node:net';
import type { Principal } from '../../guards/principal.ts';
import { HttpApp, type HttpAppOptions } from '../http/http-app.ts';
import type { HttpLimits } from '../http/http-server.ts';
import { callRoutes } from './routes/call-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { eventsRoute, logRoutes } from './routes/log-routes.ts';
import type { RelayParts, RelayRoute } from './routes/parts.ts';
import { peopleRoutes } from './routes/people-routes.ts';
import { serviceRoutes } from './routes/service-routes.ts';
import type { SessionLimits } from './streams/session.ts';
import { SocketEntrance } from './streams/socket-entrance.ts';
import { type ConnectedClient, type StreamLimits, StreamRegister } from './streams/stream-register.ts';

/** Times that tests shorten; what is not given is as it stands beside its user. */
export interface RelayLimits {
  http?: Partial<HttpLimits>;
  session?: Partial<SessionLimits>;
  handshakeWithinMs?: number;
}

interface RelayServerOptions {
  parts: RelayParts;
  host: string;
  port: number;
  streamLimits: StreamLimits;
  handshakesPerSecond: number;
  limits?: RelayLimits;
  onError: HttpAppOptions<Principal>['onError'];
  onDone: HttpAppOptions<Principal>['onDone'];
  onClientClosed: (about: { keyId: string; code: number; wasSlow: boolean }) => void;
}

/** Room for requests beside all the streams there may be. */
const CONNECTIONS_BESIDE = 500;
/** Open requests get so long to end at a stop. */
const DRAIN_MS = 5000;

/** REST, event streams and WebSockets for programs. */
export class RelayServer {
  readonly #options: RelayServerOptions;
  readonly #streams: StreamRegister;
  readonly #entrance: SocketEntrance;
  readonly #app: HttpApp<Principal>;

  constructor(options: RelayServerOptions) {
    this.#options = options;
    const {
      parts,
      streamLimits,
      handshakesPerSecond,
      onClientClosed,
      onError,
      onDone,
      limits = {},
    } = options;
    this.#streams = new StreamRegister(streamLimits);
    this.#entrance = new SocketEntrance({
      parts,
      streams: this.#streams,
      handshakesPerSecond,
      limits,
      onError,
      onClosed: onClientClosed,
    });
    const routes: RelayRoute[] = [
      ...serviceRoutes(parts, () => routes),
      ...peopleRoutes(parts),
      ...callRoutes(parts),
      ...logRoutes(parts, this.#streams),
      ...historyRoutes(parts),
    ];
    this.#app = new HttpApp({
      ...{ routes, onError, onDone, descriptionPath: '/relay/openapi.json' },
      limits: { connectionsMax: streamLimits.maxClients + CONNECTIONS_BESIDE, ...limits.http },
      greet: request => parts.gate.greet(request),
      admit: (asked, route) => parts.gate.admit(asked, route.right),
    });
    this.#app.server.on('upgrade', (request, socket, head) => this.#entrance.upgrade(request, socket, head));
    parts.gate.onRevoked(keyId => this.#streams.endOfKey(keyId));
  }

  get port(): number {
    return (this.#app.server.address() as AddressInfo).port;
  }

  clients(): ConnectedClient[] {
    return this.#streams.clients();
  }

  /** What programs may read of the past and of the log, for another outlet; streams are counted by its own register. */
  readRoutes(streams: StreamRegister): RelayRoute[] {
    const { parts } = this.#options;
    return [eventsRoute(parts, streams), ...historyRoutes(parts)];
  }

  setLimits({
    streamLimits,
    handshakesPerSecond,
  }: Pick<RelayServerOptions, 'streamLimits' | 'handshakesPerSecond'>): void {
    this.#streams.setLimits(streamLimits);
    this.#entrance.setHandshakesPerSecond(handshakesPerSecond);
    this.#app.server.maxConnections = streamLimits.maxClients + CONNECTIONS_BESIDE;
  }

  async start(): Promise<void> {
    await this.#app.listen(this.#options.port, this.#options.host);
  }

  async stop(): Promise<void> {
    this.#entrance.stop();
    this.#streams.endAll();
    await this.#app.close(DRAIN_MS);
  }
}
