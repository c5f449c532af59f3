import { dirname } from 'node:path';
import type { Database as Sqlite } from 'better-sqlite3';
import { VERSION } from '../../shared/version.ts';
import type { ApiKeys } from '../guards/api-keys.ts';
import { OperatorTable } from '../guards/operators/operator-table.ts';
import { HostWatch } from '../health/host/host-watch.ts';
import { hostWatches } from '../health/host/watches.ts';
import { Monitor } from '../health/monitor.ts';
import { StatusHistory } from '../health/status-history.ts';
import type { Building } from '../relay/building.ts';
import type { Database } from '../sources/threecx/history/database/database.ts';
import type { ThreeCxSource } from '../sources/threecx/source.ts';
import { type Backup, backUp, type OpenPart, planBackup } from '../store/backup/backup.ts';
import { type Maintenance, maintain } from '../store/maintenance.ts';
import { Retention } from '../store/retention.ts';
import type { Health } from './build-health.ts';
import { damageOf } from './open-stores.ts';

interface UpkeepNeeds {
  health: Health;
  stores: { state: Sqlite; journalDatabase: Sqlite };
  source: ThreeCxSource;
  database: Database;
  keys: ApiKeys;
}

/** What operators may ask for while the daemon runs. */
export interface Upkeep {
  monitor: Monitor;
  backUp(folder: string): Promise<Backup>;
  planBackup(folder: string): ReturnType<typeof planBackup>;
  maintain(isDryRun?: boolean): Promise<Maintenance[]>;
}

/** Watches connections, host and files while the daemon runs. */
export function startUpkeep({ config, lifecycle, overrides }: Building, needs: UpkeepNeeds): Upkeep {
  const { health, stores, source, database, keys } = needs;
  const { state } = stores;
  const { board, conditions, errors } = health;
  const { clock, hostProbes } = overrides;
  const users = new OperatorTable(state);
  const monitor = new Monitor({
    ...{ board, conditions, history: new StatusHistory(state) },
    reconnect: {
      database: () => database.reconnect(),
      xapi: () => source.reconnect('xapi'),
      callcontrol: () => source.reconnect('callcontrol'),
    },
    liveSigns: { callcontrol: () => source.liveSigns },
  });
  const hostWatch = new HostWatch({
    conditions,
    onFault: (code, error) =>
      errors.note({ code: 'E_WATCH', place: code, detail: String(error), severity: 'warning' }),
    watches: hostWatches({
      clock,
      folder: dirname(config.paths.stateFile),
      keys: () => keys.list(),
      hasAdmin: () => users.enabledAdmins() > 0,
      skewMs: () => source.xapi.skewMs,
      wideRights: () => database.wideRights,
      ...hostProbes,
    }),
  });
  const retention = new Retention({
    ...{ database: state, clock },
    onFault: error => errors.note({ code: 'E_RETENTION', place: 'state.db', detail: String(error) }),
  });
  for (const [name, part] of Object.entries({ monitor, hostWatch, retention })) {
    part.start();
    lifecycle.add({ name, stop: () => part.stop() });
  }
  const parts: OpenPart[] = [
    { part: 'state', database: state },
    { part: 'journal', database: stores.journalDatabase },
  ];
  return {
    monitor,
    backUp: folder => backUp({ parts, folder, now: clock.now(), program: VERSION }),
    planBackup: folder => planBackup({ parts, folder, now: clock.now() }),
    maintain: async isDryRun => {
      const done = await maintain({ parts, now: clock.now(), isDryRun: isDryRun ?? false });
      for (const { part, fault } of done) if (fault !== null) errors.note(damageOf(part, fault));
      return done;
    },
  };
}
