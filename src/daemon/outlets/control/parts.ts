import type * as z from 'zod';
import type { Call } from '../../../shared/call.ts';
import type { CheckReport, DoctorReport } from '../../../shared/conditions/doctor-report.ts';
import type { aboutSchema } from '../../../shared/control-api/access-schemas.ts';
import type { clientSchema, pastSchema, statsSchema } from '../../../shared/control-api/health-schemas.ts';
import type {
  backupSchema,
  configSchema,
  maintenanceSchema,
  plannedBackupSchema,
  reloadSchema,
} from '../../../shared/control-api/upkeep-schemas.ts';
import type { JournalEntry } from '../../../shared/journal-entry.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { AuditAction, Author } from '../../audit/entry.ts';
import type { Clock } from '../../core/ports.ts';
import type { ApiKeys } from '../../guards/api-keys.ts';
import { authorOf, type Operator } from '../../guards/operators/operator.ts';
import type { Operators } from '../../guards/operators/operators.ts';
import type { ConditionHistory } from '../../health/condition-history.ts';
import type { Conditions } from '../../health/conditions.ts';
import type { ErrorTracker } from '../../health/errors/error-tracker.ts';
import type { Monitor } from '../../health/monitor.ts';
import type { RequestLog } from '../../health/request-log.ts';
import type { Route, TypedRoute } from '../http/route.ts';

export type ClientView = z.input<typeof clientSchema>;
export type Stats = z.input<typeof statsSchema>;
export type Past = z.input<typeof pastSchema>;

/** A line of the log as it was written: JSON text, scrubbed. */
export interface LogLine {
  id: number;
  text: string;
}

/** All that operators see and steer. The composition root gives it; nothing here knows how the daemon is built. */
export interface ControlParts {
  clock: Clock;
  about(): z.input<typeof aboutSchema>;
  operators: Operators;
  audit: AuditLog;
  keys: ApiKeys;
  requests: RequestLog;
  errors: ErrorTracker;
  conditions: Conditions;
  conditionHistory: ConditionHistory;
  monitor: Monitor;
  status(): 'healthy' | 'degraded' | 'unhealthy';
  /** Open calls; `stale` while the phone system cannot be seen. */
  calls(): { asOf: string; stale: boolean; calls: Call[] };
  /** What programs read through the relay API, with operators as readers. */
  reads: readonly ControlRoute[];
  /** Told every entry that is published. The answer takes the listener off again. */
  onEntries(listener: (entries: readonly JournalEntry[]) => void): () => void;
  clients: {
    list(): ClientView[];
    /** False when there is no such client. */
    close(id: string): boolean;
  };
  logs: {
    after(id: number, limit: number): LogLine[];
    onLine(listener: (line: LogLine) => void): () => void;
  };
  stats(): Stats;
  /** What charts begin with. */
  past(): Past;
  config: {
    view(): z.input<typeof configSchema>;
    /** What a reload would do. Throws E_CONFIG. */
    preview(): z.input<typeof reloadSchema>;
    /** Throws E_CONFIG, and then nothing has changed. */
    reload(by: Author): z.input<typeof reloadSchema>;
  };
  /** Null: the usual folder. One at a time. */
  backUp(folder: string | null): Promise<z.input<typeof backupSchema>>;
  planBackup(folder: string | null): z.input<typeof plannedBackupSchema>;
  maintain(): Promise<z.input<typeof maintenanceSchema>>;
  planMaintenance(): Promise<z.input<typeof maintenanceSchema>>;
  /** `onCheck` is told each check as soon as it is done. */
  doctor(onCheck?: (report: CheckReport) => void): Promise<DoctorReport>;
  /** A stream was ended because nobody read it. */
  onUnread(who: Operator): void;
}

export interface ControlRoute extends Route<Operator> {
  /** What the audit log calls it; only routes that change something have one. */
  action?: AuditAction;
  /** So often for each operator, where it costs more than others. */
  perMinute?: number;
}

/** A route of the control API whose handler sees its query and body with the types of their schemas. */
export function control<Query extends z.ZodObject = z.ZodObject, Body extends z.ZodObject = z.ZodObject>(
  definition: TypedRoute<Operator, Query, Body> & Pick<ControlRoute, 'action' | 'perMinute'>,
): ControlRoute {
  // Sound for the reason `route` gives.
  return definition as ControlRoute;
}

/** All come through the same file; who may open it is known to the kernel only. */
export const SOURCE = 'control-socket';

export function byOf(who: Operator): Author {
  return authorOf(who, SOURCE);
}
