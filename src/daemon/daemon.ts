import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CheckReport, DoctorReport } from '../shared/conditions/doctor-report.ts';
import type { JournalEntry } from '../shared/journal-entry.ts';
import { AgentStateHistory } from './agent-history.ts';
import { AgentStateLadder } from './agent-ladder.ts';
import { newCallId } from './call-ids.ts';
import type { Config } from './config/config.ts';
import { startControl } from './control/build-control.ts';
import { type Edge, edgeWith } from './control/edge.ts';
import { lockFolder } from './control/lock-folder.ts';
import { CallBook } from './core/calls/call-book.ts';
import { Hub } from './core/fanout/hub.ts';
import { Intake } from './core/intake.ts';
import type { Journal } from './core/log/journal.ts';
import { liveViewOf } from './doctor/daemon-view.ts';
import type { Host } from './doctor/host.ts';
import type { ApiKeys } from './guards/api-keys.ts';
import { Lifecycle } from './lifecycle.ts';
import { loggerFor, type RootLogger } from './logging/logger.ts';
import { buildHealth, type Health } from './oversight/build-health.ts';
import { openStores } from './oversight/open-stores.ts';
import { startUpkeep, type Upkeep } from './oversight/start-upkeep.ts';
import { buildRelay } from './relay/build-relay.ts';
import type { Building } from './relay/building.ts';
import { type DaemonOverrides, overridesWith } from './relay/overrides.ts';
import { LateFacts } from './sources/threecx/history/afterwards/late-facts.ts';
import { OperatorStates } from './sources/threecx/history/operator-states.ts';
import { startSource } from './start-source.ts';
import { isDamage } from './store/database-fault.ts';
import { suspect } from './store/soundness.ts';

/** What arrives is written within a turn of the loop or two. */
const STUCK_MS = 10_000;

export interface Daemon {
  readonly relayUrl: string;
  readonly keys: ApiKeys;
  readonly health: Health;
  readonly upkeep: Upkeep;
  /** All checks, with what this daemon holds itself. */
  doctor(host?: Partial<Host>, onCheck?: (report: CheckReport) => void): Promise<DoctorReport>;
  /** For who watches over the process: how it is in one line, and why it had better be started again. */
  signs(): { status: string; fault: string | null };
  /** Reads the configuration again, as POST /admin/reload does. What is wrong with it is logged. */
  reload(): void;
  stop(): Promise<void>;
}

/** Builds every part in order and starts it. What fails stops what was started before it. */
export async function startDaemon(
  config: Config,
  root: RootLogger,
  overrides: Partial<DaemonOverrides> = {},
  edge: Partial<Edge> = {},
): Promise<Daemon> {
  const logger = loggerFor(root, 'daemon');
  const life = new AbortController();
  const lifecycle = new Lifecycle((name, error) =>
    logger.error({ err: error, name }, 'a part did not stop cleanly'),
  );
  try {
    return await build({
      ...{ config, root, lifecycle, life },
      overrides: overridesWith(overrides),
      edge: edgeWith(edge),
    });
  } catch (error) {
    life.abort();
    await lifecycle.stop();
    // The next start looks through all of them.
    if (isDamage(error)) for (const file of [config.paths.stateFile, config.paths.journalFile]) suspect(file);
    throw error;
  }
}

async function build(building: Building): Promise<Daemon> {
  const { config, root, lifecycle, life } = building;
  const logger = loggerFor(root, 'daemon');
  const { clock } = building.overrides;
  mkdirSync(dirname(config.paths.stateFile), { recursive: true, mode: 0o700 });
  lifecycle.add({ name: 'lock', stop: await lockFolder(config) });
  const stores = await openStores(config, lifecycle, clock);
  const { state, journal } = stores;
  const health = buildHealth(building, state);
  const { board, conditions } = health;
  if (journal.whyNewEpoch !== null) conditions.raise('EPOCH_CHANGED', journal.whyNewEpoch);
  stores.tell(board);
  const ownHistory = new AgentStateHistory(state, board);
  const { hub, book, intake, readers } = startLog(building, journal, health);
  readers.add(ownHistory);
  const { source, database, history } = await startSource(building, { intake, health, journal });
  const lateFacts = new LateFacts({
    ...{ history, sink: intake, clock, health: board },
    limits: building.overrides.lateFactLimits,
  });
  readers.add(lateFacts);
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
  const relay = buildRelay(building, {
    ...{ state, journal, hub, book, health, source, history, agentHistory },
  });
  const { keys, server } = relay;
  const upkeep = startUpkeep(building, { health, stores, source, database, keys });
  await server.start();
  lifecycle.add({ name: 'relay', stop: () => server.stop() });
  const relayUrl = `http://${config.listen.host}:${server.port}`;
  const live = liveViewOf({ board, source, journal, keys, relayUrl });
  const doctor: Daemon['doctor'] = async (host = {}, onCheck = () => {}) =>
    (await loadDoctor()).examineInside({ config, live, clock, host, onCheck });
  const control = await startControl(building, {
    ...{ state, journal, book, health, relay, upkeep, database, readers },
    doctor: onCheck => doctor({}, onCheck),
  });
  logger.info({ relayUrl, epoch: journal.epoch, head: journal.head }, 'ready');
  return {
    relayUrl,
    keys,
    health,
    upkeep,
    doctor,
    reload: control.reload,
    signs: () => ({
      status: `${board.status()}, ${book.open().length} calls, log at ${journal.head}`,
      fault: intake.waitingMs() > STUCK_MS ? 'events have waited to be written for too long' : null,
    }),
    stop: async () => {
      life.abort();
      await lifecycle.stop();
    },
  };
}

type Readers = Set<{ note(entries: readonly JournalEntry[]): void }>;

/** The one door into the log, and the way out of it. */
function startLog(
  { root, lifecycle, overrides: { clock } }: Building,
  journal: Journal,
  { board, conditions }: Health,
): { hub: Hub; book: CallBook; intake: Intake; readers: Readers } {
  const logger = loggerFor(root, 'daemon');
  /** Who reads along besides clients. */
  const readers: Readers = new Set();
  const hub = new Hub(board);
  const book = new CallBook({ newId: newCallId });
  const intake = new Intake({
    ...{ journal, book, clock, health: board },
    publish: entries => {
      hub.publish(entries);
      for (const reader of readers) reader.note(entries);
    },
    onDurability: ({ isDurable, fault }) => {
      if (isDurable) conditions.clear('JOURNAL_NOT_DURABLE');
      else conditions.raise('JOURNAL_NOT_DURABLE', fault ?? '');
      if (isDurable) logger.info({}, 'the journal is on disk again');
      else logger.error({ fault }, 'the journal cannot be written: events go on from memory');
    },
  });
  intake.start();
  lifecycle.add({ name: 'intake', stop: () => intake.stop() });
  return { hub, book, intake, readers };
}

/** Only when it is asked for: it is not needed for the relay's work. */
function loadDoctor(): Promise<typeof import('./doctor/doctor.ts')> {
  return import('./doctor/doctor.ts');
}
