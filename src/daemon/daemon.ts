import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import { AgentStateHistory } from './agent-history.ts';
import { newCallId } from './call-ids.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import { CallBook } from './core/calls/call-book.ts';
import { Intake } from './core/intake.ts';
import { bootId, Continuity } from './core/log/continuity.ts';
import { Hub } from './core/log/hub.ts';
import { Journal } from './core/log/journal.ts';
import type { ApiKeys } from './guards/api-keys.ts';
import { HealthBoard } from './health/health-board.ts';
import { lockInstance } from './instance-lock.ts';
import { Lifecycle } from './lifecycle.ts';
import { type Logger, loggerFor } from './logging/logger.ts';
import { type Building, buildRelay } from './relay/build-relay.ts';
import { Database } from './sources/threecx/history/database/database.ts';
import type { DatabaseOptions } from './sources/threecx/history/database/database-login.ts';
import { History } from './sources/threecx/history/history.ts';
import { HISTORY_BODY_MAX_BYTES } from './sources/threecx/http/xapi-client.ts';
import { ThreeCxSource } from './sources/threecx/source.ts';
import { openDatabase } from './store/database.ts';
import { readSchema } from './store/schema-text.ts';

export interface Daemon {
  readonly relayUrl: string;
  readonly keys: ApiKeys;
  stop(): Promise<void>;
}

/** Builds every part in order and starts it. What fails stops what was started before it. */
export async function startDaemon(config: Config, root: Logger): Promise<Daemon> {
  const logger = loggerFor(root, 'daemon');
  const life = new AbortController();
  const lifecycle = new Lifecycle((name, error) =>
    logger.error({ err: error, name }, 'a part did not stop cleanly'),
  );
  try {
    return await build({ config, root, lifecycle, life });
  } catch (error) {
    life.abort();
    await lifecycle.stop();
    throw error;
  }
}

async function build({ config, root, lifecycle, life }: Building): Promise<Daemon> {
  const logger = loggerFor(root, 'daemon');
  const clock = systemClock;
  mkdirSync(dirname(config.paths.stateFile), { recursive: true, mode: 0o700 });
  lifecycle.add({ name: 'lock', stop: lockInstance(join(dirname(config.paths.stateFile), 'daemon.lock')) });

  const board = new HealthBoard({
    clock,
    onChange: ({ component, state, rung, reason }) =>
      logger.info({ component, state, rung, reason }, 'component changed'),
    onIncident: ({ code, place, detail }) => logger.warn({ code, place, detail }, 'incident'),
  });
  const { state, journal } = openStores(config, lifecycle);
  const agentHistory = new AgentStateHistory(state, board);
  const hub = new Hub(board);
  const book = new CallBook({ newId: newCallId });
  const intake = new Intake({
    ...{ journal, book, clock, health: board },
    publish: entries => {
      agentHistory.note(entries);
      hub.publish(entries);
    },
    onDurability: ({ isDurable, fault }) => {
      board.setJournal({ fault });
      if (isDurable) logger.info({}, 'the journal is on disk again');
      else logger.error({ fault }, 'the journal cannot be written: events go on from memory');
    },
  });
  intake.start();
  lifecycle.add({ name: 'intake', stop: () => intake.stop() });

  const { source, history } = await startSource(
    { config, root, lifecycle, life },
    { intake, board, journal },
  );
  const { relay, keys } = buildRelay(
    { config, root, lifecycle, life },
    { state, journal, hub, book, board, source, history, agentHistory },
  );
  await relay.start();
  lifecycle.add({ name: 'relay', stop: () => relay.stop() });
  const relayUrl = `http://${config.listen.host}:${relay.port}`;
  logger.info({ relayUrl, epoch: journal.epoch, head: journal.head }, 'ready');
  return {
    relayUrl,
    keys,
    stop: async () => {
      life.abort();
      await lifecycle.stop();
    },
  };
}

function openStores(
  { paths, journal: limits }: Config,
  lifecycle: Lifecycle,
): { state: Sqlite; journal: Journal } {
  const schema = readSchema();
  const state = openDatabase({ path: paths.stateFile, part: 'state', schema });
  lifecycle.add({ name: 'state', stop: () => void state.close() });
  const database = openDatabase({ path: paths.journalFile, part: 'journal', schema });
  const continuity = new Continuity({ database, markFile: paths.journalMarkFile, bootId: bootId() });
  const journal = new Journal({ database, limits, continuity });
  lifecycle.add({ name: 'journal', stop: () => journal.close() });
  return { state, journal };
}

async function startSource(
  { config, root, lifecycle, life }: Building,
  { intake, board, journal }: { intake: Intake; board: HealthBoard; journal: Journal },
): Promise<{ source: ThreeCxSource; history: History }> {
  const { pbx, callControlAuth } = config;
  const heardUntil = journal.newestTime();
  const source = new ThreeCxSource(
    {
      pbxUrl: pbx.url,
      fqdn: pbx.fqdn,
      clientId: pbx.clientId,
      clientSecret: pbx.clientSecret,
      callControlAuth,
    },
    {
      sink: intake,
      health: board,
      clock: systemClock,
      logger: loggerFor(root, 'threecx'),
      ...(heardUntil !== null && { heardUntil }),
    },
  );
  const database = new Database({
    options: databaseOptions(config),
    health: board,
    clock: systemClock,
  });
  await source.start(life.signal);
  lifecycle.add({ name: 'source', stop: () => source.stop() });
  await database.start(life.signal);
  lifecycle.add({ name: 'database', stop: () => database.stop() });
  const xapi = {
    get: (path: string, signal?: AbortSignal) =>
      source.xapi.get(path, {
        signal: signal ? AbortSignal.any([signal, life.signal]) : life.signal,
        bodyMaxBytes: HISTORY_BODY_MAX_BYTES,
      }),
  };
  return { source, history: new History({ database, xapi, clock: systemClock }) };
}

function databaseOptions({ databaseLogin: login, databaseIni, databasePool: pool }: Config): DatabaseOptions {
  return {
    ...(login && { host: login.host, port: login.port, database: login.name, user: login.user }),
    ...(login?.password && { password: login.password }),
    ...(databaseIni !== null && { ini: databaseIni }),
    poolMax: pool.max,
    poolMin: pool.min,
    idleTimeoutMs: pool.idleTimeoutMs,
    connectTimeoutMs: pool.connectTimeoutMs,
  };
}
