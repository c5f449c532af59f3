import { dirname } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import type { DoctorReport } from '../../shared/conditions/doctor-report.ts';
import type { JournalEntry } from '../../shared/journal-entry.ts';
import { VERSION } from '../../shared/version.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { LifeNotes } from '../audit/life-notes.ts';
import type { CallBook } from '../core/calls/call-book.ts';
import type { Journal } from '../core/log/journal.ts';
import { HOST } from '../doctor/host.ts';
import { relayUrlOf } from '../doctor/presence.ts';
import { Operators } from '../guards/operators/operators.ts';
import { freeBytesOf } from '../health/host/watches.ts';
import { loggerFor } from '../logging/logger.ts';
import { ControlServer } from '../outlets/control/control-server.ts';
import type { ControlParts } from '../outlets/control/parts.ts';
import type { Health } from '../oversight/build-health.ts';
import type { Upkeep } from '../oversight/start-upkeep.ts';
import type { Relay } from '../relay/build-relay.ts';
import type { Building } from '../relay/building.ts';
import { relayHealth } from '../relay/relay-health.ts';
import type { Database } from '../sources/threecx/history/database/database.ts';
import { asAppError } from '../store/database-fault.ts';
import { clientDesk } from './client-desk.ts';
import { Examination, type OnCheck } from './examination.ts';
import { liveSettings } from './live-settings.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { OperatorReads } from './operator-reads.ts';
import { RunningConfig } from './running-config.ts';
import { StatsDesk } from './stats-desk.ts';

interface ControlNeeds {
  state: Sqlite;
  journal: Journal;
  book: CallBook;
  health: Health;
  relay: Relay;
  upkeep: Upkeep;
  database: Database;
  /** Who reads along in the log. */
  readers: Set<{ note(entries: readonly JournalEntry[]): void }>;
  doctor: (onCheck: OnCheck) => Promise<DoctorReport>;
}

interface Control {
  /** What is wrong with the configuration is logged. */
  reload(): void;
}

const UNWRITTEN = 'the audit log cannot be written';
const SYSTEM = { actor: 'system', via: 'system', source: 'process' } as const;

/** The outlet for operators, with everything they steer. Started here, last of all. */
export async function startControl(building: Building, needs: ControlNeeds): Promise<Control> {
  const { config, root, lifecycle, life, overrides, edge } = building;
  const { state, journal, health, relay } = needs;
  const { clock } = overrides;
  const logger = loggerFor(root, 'control');
  const audit = new AuditLog({
    ...{ database: state, clock },
    // For a log that lies elsewhere: only that proves later that nobody made the whole chain anew.
    onHead: ({ count, hash }) => logger.info({ count, head: hash }, 'audit log'),
  });
  audit.start(life.signal);
  lifecycle.add({ name: 'audit', stop: () => audit.stop() });
  const { adminSecret, paths } = config;
  const { passwordCost } = overrides;
  const operators = new Operators({ database: state, audit, clock, adminSecret, paths, passwordCost });
  lifecycle.add({ name: 'operators', stop: () => operators.stop() });
  const live = liveSettings({ root, journal, relay });
  const running = new RunningConfig({ settings: edge.settings, live, audit, logger });
  const clients = clientDesk(relay.server, journal);
  const stats = new StatsDesk({
    ...{ clock, board: health.board, journal, keys: relay.keys, requests: health.requests },
    databasePool: () => needs.database.pool,
    diskFreeBytes: () => freeBytesOf(dirname(paths.stateFile)),
    openCalls: () => needs.book.open().length,
    ...{ clients: clients.list, slowClients: relay.slowClients },
  });
  stats.start();
  lifecycle.add({ name: 'stats', stop: () => stats.stop() });
  const reads = new OperatorReads({ relay: relay.server, operators });
  const server = new ControlServer({
    parts: partsOf(building, needs, { audit, operators, running, clients, stats, reads: reads.routes }),
    path: paths.controlSocket,
    onError: (error, about) => {
      logger.error({ err: error, ...about }, 'a request failed on our side');
      const place = `${about.method} ${about.route}`;
      health.errors.note({ code: 'E_INTERNAL', place, detail: String(error) });
    },
    onDone: ({ asker: _, ...about }) => logger.debug(about, 'request'),
  });
  try {
    await server.start();
  } catch (error) {
    throw asAppError(error, paths.controlSocket);
  }
  lifecycle.add({ name: 'control', stop: () => server.stop() });
  lifecycle.add({ name: 'streams of operators', stop: () => reads.stop() });
  /** A disk that is full keeps nobody's calls from being relayed. */
  const orLog = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      logger.error({ err: error }, what);
    }
  };
  // After the socket: where another daemon answers, its token must stay as it is.
  orLog('the operator token cannot be written: only logins are possible', () => operators.start());
  const notes = new LifeNotes({ database: state, audit, clock });
  orLog(UNWRITTEN, () => notes.started({ version: VERSION, pid: process.pid }));
  lifecycle.add({ name: 'last word', stop: () => orLog(UNWRITTEN, () => notes.stopped()) });
  return {
    reload: () => {
      try {
        running.reload({ ...SYSTEM, source: 'SIGHUP' });
      } catch {
        // It is logged, and all stays as it was.
      }
    },
  };
}

interface Steered {
  audit: AuditLog;
  operators: Operators;
  running: RunningConfig;
  clients: ControlParts['clients'];
  stats: StatsDesk;
  reads: ControlParts['reads'];
}

function partsOf(
  { config, root, overrides, edge }: Building,
  { book, health, relay, upkeep, readers, doctor }: ControlNeeds,
  { audit, operators, running, clients, stats, reads }: Steered,
): ControlParts {
  const { clock } = overrides;
  const { board, ...told } = health;
  const startedAt = clock.now();
  const seen = relayHealth(board, clock);
  const { backupFolder } = config.paths;
  const backUp = oneAtATime('A backup', (folder: string | null) => upkeep.backUp(folder ?? backupFolder));
  const examination = new Examination(doctor);
  const maintain = oneAtATime('Maintenance', () => upkeep.maintain());
  return {
    ...{
      clock,
      operators,
      audit,
      clients,
      reads,
      keys: relay.keys,
      logs: edge.lines,
      monitor: upkeep.monitor,
    },
    ...told,
    about: () => ({
      ...{ pid: process.pid, version: VERSION, api: 1, startedAt },
      relayUrl: relayUrlOf({ listen: { ...config.listen, port: relay.server.port } }) ?? '',
      publicUrl: HOST.outsideUrl(config),
    }),
    status: () => board.status(),
    calls: () => ({ ...seen.calls(), calls: book.open() }),
    onEntries: listener => {
      const reader = { note: listener };
      readers.add(reader);
      return () => readers.delete(reader);
    },
    stats: () => stats.current(),
    past: () => stats.past(),
    config: running,
    backUp,
    planBackup: folder => upkeep.planBackup(folder ?? backupFolder),
    maintain: async () => ({ files: await maintain(null) }),
    planMaintenance: async () => ({ files: await upkeep.maintain(true) }),
    doctor: onCheck => examination.run(onCheck),
    onUnread: ({ name }) =>
      loggerFor(root, 'control').warn({ operator: name }, 'a watcher who did not read was cut'),
  };
}
