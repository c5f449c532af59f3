import type { Server } from 'node:http';
import { VERSION } from '../../../shared/version.ts';
import type { Operator } from '../../guards/operators/operator.ts';
import { RateLimiter } from '../../guards/rate-limiter.ts';
import { HttpApp, type HttpAppOptions } from '../http/http-app.ts';
import { BEARER, openApi } from '../http/openapi.ts';
import { ControlGate } from './control-gate.ts';
import { listenOnSocket } from './control-socket.ts';
import type { ControlParts, ControlRoute } from './parts.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { callRoutes } from './routes/call-routes.ts';
import { errorRoutes } from './routes/error-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { streamRoutes } from './routes/stream-routes.ts';
import { upkeepRoutes } from './routes/upkeep-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { LineStreams } from './streams/line-streams.ts';
import { WatchBoard } from './streams/watch-board.ts';

interface ControlServerOptions {
  parts: ControlParts;
  path: string;
  onError: HttpAppOptions<Operator>['onError'];
  onDone: HttpAppOptions<Operator>['onDone'];
}

const DESCRIPTION_PATH = '/admin/openapi.json';
/** Many times what a crew of operators and their scripts use. */
const CONNECTIONS_MAX = 200;
/** Backups and the doctor answer late, and nothing moves meanwhile. */
const SILENT_MAX_MS = 600_000;
const DRAIN_MS = 2000;

/** HTTP on a Unix socket, for operators. */
export class ControlServer {
  readonly #path: string;
  readonly #app: HttpApp<Operator>;
  readonly #streams: LineStreams;
  readonly #board: WatchBoard;

  constructor({ parts, path, onError, onDone }: ControlServerOptions) {
    this.#path = path;
    this.#streams = new LineStreams(parts);
    this.#board = new WatchBoard(parts);
    const routes = controlRoutes(parts, this.#streams, this.#board);
    const gate = new ControlGate({ ...parts, limiter: new RateLimiter(parts) });
    this.#app = new HttpApp<Operator>({
      ...{ routes, onError, onDone, descriptionPath: DESCRIPTION_PATH },
      limits: { connectionsMax: CONNECTIONS_MAX, timeout: SILENT_MAX_MS },
      greet: request => gate.greet(request),
      admit: ({ request }, route) => gate.admit(request, route),
    });
  }

  get server(): Server {
    return this.#app.server;
  }

  async start(): Promise<void> {
    await listenOnSocket(this.#app.server, this.#path);
  }

  async stop(): Promise<void> {
    this.#streams.endAll();
    this.#board.stop();
    await this.#app.close(DRAIN_MS);
  }
}

/** All there is. */
function controlRoutes(parts: ControlParts, streams: LineStreams, board: WatchBoard): ControlRoute[] {
  const routes: ControlRoute[] = [
    {
      method: 'GET',
      path: DESCRIPTION_PATH,
      summary: 'This description',
      right: 'none',
      answers: { 200: { description: 'OpenAPI 3.1' } },
      handle: () => ({
        status: 200,
        body: openApi({
          title: '3cx-relay control',
          version: VERSION,
          security: { bearer: BEARER },
          routes,
        }),
      }),
    },
    ...sessionRoutes(parts),
    ...healthRoutes(parts, streams),
    ...errorRoutes(parts),
    ...keyRoutes(parts),
    ...userRoutes(parts),
    ...callRoutes(parts),
    ...parts.reads,
    ...auditRoutes(parts),
    ...upkeepRoutes(parts),
    ...streamRoutes(parts, streams, board),
  ];
  return routes;
}
