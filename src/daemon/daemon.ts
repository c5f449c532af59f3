import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import type { JournalEntry } from '../shared/journal-entry.ts';
import { AgentStateHistory } from './agent-history.ts';
import { AgentStateLadder } from './agent-ladder.ts';
import { newCallId } from './call-ids.ts';
import type { Config } from './config/config.ts';
import { CallBook } from './core/calls/call-book.ts';
import { Hub } from './core/fanout/hub.ts';
import { Intake } from './core/intake.ts';
import { bootId, Continuity } from './core/log/continuity.ts';

import { Journal } from './core/log/journal.ts';
import type { Heard } from './core/ports.ts';
import type { ApiKeys } from './guards/api-keys.ts';
import { HealthBoard } from './health/health-board.ts';
import { lockInstance } from './instance-lock.ts';
import { Lifecycle } from './lifecycle.ts';
import { type Logger, loggerFor } from './logging/logger.ts';
import { type DaemonOverrides, overridesWith } from './overrides.ts';
import { type Building, buildRelay } from './relay/build-relay.ts';
import { LateFacts } from './sources/threecx/history/afterwards/late-facts.ts';
import { Database } from './sources/threecx/history/database/database.ts';
import type { DatabaseOptions } from './sources/threecx/history/database/database-login.ts';
import { History } from './sources/threecx/history/history.ts';
import { OperatorStates } from './sources/threecx/history/operator-states.ts';
import { HISTORY_BODY_MAX_BYTES } from './sources/threecx/http/xapi-client.ts';
import { SOURCE_NAME } from './sources/threecx/options.ts';
import { ThreeCxSource } from './sources/threecx/source.ts';
import { openDatabase } from './store/database.ts';
import { readSchema } from './store/schema-text.ts';

export interface Daemon {
  readonly relayUrl: string;
  readonly keys: ApiKeys;
  stop(): Promise<void>;
}

/** Builds every part in order and starts it. What fails stops what was started before it. */
export async function startDaemon(
  config: Config,
  root: Logger,
  overrides: Partial<DaemonOverrides> = {},
): Promise<Daemon> {
  const logger = loggerFor(root, 'daemon');
  const life = new AbortController();
  const lifecycle = new Lifecycle((name, error) =>
    logger.error({ err: error, name }, 'a part did not stop cleanly'),
  );
  try {
    return await build({ config, root, lifecycle, life, overrides: overridesWith(overrides) });
  } catch (error) {
    life.abort();
    await lifecycle.stop();
    throw error;
  }
}

async function build(building: Building): Promise<Daemon> {
  const { config, root, lifecycle, life } = building;
  const logger = loggerFor(root, 'daemon');
  const { clock } = building.overrides;
  mkdirSync(dirname(config.paths.stateFile), { recursive: true, mode: 0o700 });
  lifecycle.add({ name: 'lock', stop: lockInstance(join(dirname(config.paths.stateFile), 'daemon.lock')) });

  const board = new HealthBoard({
    clock,
    onChange: ({ component, state, rung, reason }) =>
      logger.info({ component, state, rung, reason }, 'component changed'),
    onIncident: ({ code, place, detail }) => logger.warn({ code, place, detail }, 'incident'),
  });
  const { state, journal } = openStores(config, lifecycle);
  const ownHistory = new AgentStateHistory(state, board);
  /** Who reads along in the log besides clients. */
  const readers: { note(entries: readonly JournalEntry[]): void }[] = [ownHistory];
  const hub = new Hub(board);
  const book = new CallBook({ newId: newCallId });
  const intake = new Intake({
    ...{ journal, book, clock, health: board },
    publish: entries => {
      hub.publish(entries);
      for (const reader of readers) reader.note(entries);
    },
    onDurability: ({ isDurable, fault }) => {
      board.setJournal({ fault });
      if (isDurable) logger.info({}, 'the journal is on disk again');
      else logger.error({ fault }, 'the journal cannot be written: events go on from memory');
    },
  });
  intake.start();
  lifecycle.add({ name: 'intake', stop: () => intake.stop() });

  const { source, database, history } = await startSource(building, { intake, board, journal });
  const lateFacts = new LateFacts({
    ...{ history, sink: intake, clock, health: board },
    limits: building.overrides.lateFactLimits,
  });
  readers.push(lateFacts);
  lateFacts.start(life.signal);
  lifecycle.add({ name: 'late facts', stop: () => lateFacts.stop() });
  const agentHistory = new AgentStateLadder({
    table: new OperatorStates({ database, clock }),
    own: ownHistory,
    whyUnseen: () => source.agentsFault,
    ...{ health: board, clock },
  });
  agentHistory.start(life.signal);
  lifecycle.add({ name: 'agent history', stop: () => agentHistory.stop() });
  const { relay, keys } = buildRelay(building, {
    ...{ state, journal, hub, book, board, source, history, agentHistory },
  });
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

interface SourceNeeds {
  intake: Intake;
  board: HealthBoard;
  journal: Journal;
}

async function startSource(
  { config, root, lifecycle, life, overrides }: Building,
  { intake, board, journal }: SourceNeeds,
): Promise<{ source: ThreeCxSource; database: Database; history: History }> {
  const { pbx, callControlAuth } = config;
  const { clock, sourceLimits: limits } = overrides;
  const heardUntil = journal.heardUntil(SOURCE_NAME);
  const source = new ThreeCxSource(
    {
      pbxUrl: pbx.url,
      fqdn: pbx.fqdn,
      clientId: pbx.clientId,
      clientSecret: pbx.clientSecret,
      callControlAuth,
    },
    {
      ...{ sink: intake, health: board, clock, limits },
      logger: loggerFor(root, 'threecx'),
      ...(heardUntil !== null && { heardUntil }),
      onHeard: heard => keepHeard({ intake, board, journal }, heard),
    },
  );
  const database = new Database({ options: databaseOptions(config), health: board, clock });
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
  return { source, database, history: new History({ database, xapi, clock }) };
}

function keepHeard({ intake, board, journal }: SourceNeeds, heard: Heard): void {
  // A gap that was told must not be lost when what comes after it is kept.
  intake.flush();
  try {
    journal.noteHeard(SOURCE_NAME, heard);
  } catch (error) {
    // The next gap only begins earlier than it need.
    board.incident({ code: 'E_HEARD', place: 'journal', detail: String(error) });
  }
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
