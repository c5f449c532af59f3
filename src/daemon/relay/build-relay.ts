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
import type { HealthBoard } from '../health/health-board.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { type Logger, loggerFor } from '../logging/logger.ts';
import { RelayServer } from '../outlets/relay/relay-server.ts';
import type { DaemonOverrides } from '../overrides.ts';
import type { History } from '../sources/threecx/history/history.ts';
import type { ThreeCxSource } from '../sources/threecx/source.ts';
import { createGate } from './gate.ts';
import { metricsText } from './metrics.ts';
import { relayHealth } from './relay-health.ts';

/** What the whole daemon is built with. */
export interface Building {
  config: Config;
  root: Logger;
  lifecycle: Lifecycle;
  life: AbortController;
  overrides: DaemonOverrides;
}

interface RelayNeeds {
  state: Sqlite;
  journal: Journal;
  hub: Hub;
  book: CallBook;
  board: HealthBoard;
  source: ThreeCxSource;
  history: History;
  agentHistory: AgentHistory;
}

/** The outlet for programs, with the guards in front of it. Everything it needs is built before. */
export function buildRelay(
  { config, root, lifecycle, life, overrides }: Building,
  needs: RelayNeeds,
): { relay: RelayServer; keys: ApiKeys } {
  const { state, board, ...parts } = needs;
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
        allowedOrigins: config.allowedOrigins,
        onRequest: () => {},
      }),
      metrics: () =>
        metricsText({
          journal,
          board,
          relay: () => relay,
          openCalls: () => book.open().length,
          slowClients: () => slowClients,
        }),
    },
    host: config.listen.host,
    port: config.listen.port,
    limits,
    streamLimits: {
      maxClients: config.clients.max,
      maxPerKey: config.clients.maxPerKey,
      maxPerAddress: config.clients.maxPerAddress,
    },
    handshakesPerSecond: config.clients.handshakesPerSecond,
    onError: (error, about) => logger.error({ err: error, ...about }, 'a request failed on our side'),
    onDone: about => logger.debug(about, 'request'),
    onClientClosed: ({ keyId, code, wasSlow }) => {
      if (wasSlow) slowClients += 1;
      logger.info({ keyId, code, wasSlow }, 'client gone');
    },
  });
  return { relay, keys };
}
