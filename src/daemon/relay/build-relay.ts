import type { Database as Sqlite } from 'better-sqlite3';
import type { Config } from '../config/config.ts';
import type { CallBook } from '../core/calls/call-book.ts';
import { Backlog } from '../core/fanout/backlog.ts';
import type { Hub } from '../core/fanout/hub.ts';
import type { Journal } from '../core/log/journal.ts';
import type { AgentHistory } from '../core/ports.ts';
import { ApiKeys } from '../guards/api-keys.ts';
import { KeyHasher } from '../guards/key-hasher.ts';
import { RateLimiter } from '../guards/rate-limiter.ts';
import { Tickets } from '../guards/tickets.ts';
import { loggerFor } from '../logging/logger.ts';
import { RelayServer } from '../outlets/relay/relay-server.ts';
import type { Health } from '../oversight/build-health.ts';
import type { History } from '../sources/threecx/history/history.ts';
import type { ThreeCxSource } from '../sources/threecx/source.ts';
import type { Building } from './building.ts';
import { createGate } from './gate.ts';
import { metricsText } from './metrics.ts';
import { relayHealth } from './relay-health.ts';

interface RelayNeeds {
  state: Sqlite;
  journal: Journal;
  hub: Hub;
  book: CallBook;
  health: Health;
  source: ThreeCxSource;
  history: History;
  agentHistory: AgentHistory;
}

export interface Relay {
  server: RelayServer;
  keys: ApiKeys;
  setAllowedOrigins(origins: readonly string[]): void;
  /** Clients that were cut since the start because they took nothing. */
  slowClients(): number;
}

/** How many may be connected, as RelayServer takes it. */
export function relayCaps({ clients }: Config) {
  return {
    streamLimits: {
      maxClients: clients.max,
      maxPerKey: clients.maxPerKey,
      maxPerAddress: clients.maxPerAddress,
    },
    handshakesPerSecond: clients.handshakesPerSecond,
  };
}

/** The outlet for programs, with the guards in front of it. Everything it needs is built before. */
export function buildRelay({ config, root, lifecycle, life, overrides }: Building, needs: RelayNeeds): Relay {
  const { state, health, ...parts } = needs;
  const { board, conditions, errors, requests } = health;
  const { journal, book } = parts;
  const logger = loggerFor(root, 'relay');
  const { clock, relayLimits: limits } = overrides;
  const hasher = new KeyHasher();
  lifecycle.add({ name: 'key hasher', stop: () => hasher.stop() });
  const keys = new ApiKeys({
    ...{ database: state, hasher, clock, ratePerMinute: config.keyRatePerMinute },
    onFault: error => logger.error({ err: error }, 'the table of keys cannot be read'),
  });
  keys.start(life.signal);
  lifecycle.add({ name: 'keys', stop: () => keys.stop() });
  let slowClients = 0;
  let { allowedOrigins } = config;
  const relay: RelayServer = new RelayServer({
    parts: {
      ...parts,
      backlog: new Backlog(journal, error =>
        board.incident({ code: 'E_LOG_READ', place: 'journal', detail: String(error) }),
      ),
      clock,
      health: relayHealth(board, clock),
      gate: createGate({
        keys,
        tickets: new Tickets({ clock }),
        limiter: new RateLimiter({ clock }),
        failures: new RateLimiter({ clock }),
        allowedOrigins: () => allowedOrigins,
        onUpgrade: ({ asker: keyId }, status) => requests.note({ keyId, route: '/relay/ws', status, ms: 0 }),
      }),
      metrics: () =>
        metricsText({
          journal,
          board,
          errors,
          relay: () => relay,
          openCalls: () => book.open().length,
          slowClients: () => slowClients,
        }),
    },
    host: config.listen.host,
    port: config.listen.port,
    limits,
    ...relayCaps(config),
    onError: (error, about) => {
      logger.error({ err: error, ...about }, 'a request failed on our side');
      errors.note({ code: 'E_INTERNAL', place: `${about.method} ${about.route}`, detail: String(error) });
    },
    onDone: ({ asker: keyId, requestId, method, route, status, ms }) => {
      requests.note({ keyId, route, status, ms });
      logger.debug({ requestId, method, route, status, ms }, 'request');
    },
    onClientClosed: ({ keyId, code, wasSlow }) => {
      if (wasSlow) slowClients += 1;
      if (wasSlow) conditions.raise('SLOW_CLIENTS', `The last one used the key ${keyId}.`);
      logger.info({ keyId, code, wasSlow }, 'client gone');
    },
  });
  const setAllowedOrigins = (origins: readonly string[]): void => {
    allowedOrigins = origins;
  };
  return { server: relay, keys, setAllowedOrigins, slowClients: () => slowClients };
}
