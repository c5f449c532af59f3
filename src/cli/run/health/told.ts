import type * as z from 'zod';
import type { Stats } from '../../../daemon/outlets/control/parts.ts';
import type { aboutSchema } from '../../../daemon/outlets/control/schemas/access-schemas.ts';
import type {
  changesSchema,
  componentsSchema,
  conditionsSchema,
  errorsSchema,
} from '../../../daemon/outlets/control/schemas/health-schemas.ts';
import { isoTime } from '../../output/time.ts';

/** What the daemon tells of how it is, as its own schemas have it. */
export type AboutTold = z.output<typeof aboutSchema>;
export type ConnectionsTold = z.output<typeof componentsSchema>;
export type ConnectionTold = ConnectionsTold['components'][number];
export type ChangesTold = z.output<typeof changesSchema>;
export type ConditionsTold = z.output<typeof conditionsSchema>;
export type ConditionTold = ConditionsTold['current'][number];
export type ErrorsTold = z.output<typeof errorsSchema>;
export type ErrorTold = ErrorsTold['errors'][number];
export type StatsTold = Stats;

/** All of one moment. */
export interface Status {
  about: AboutTold;
  stats: StatsTold;
  connections: readonly ConnectionTold[];
  conditions: readonly ConditionTold[];
  /** The newest that nobody has acknowledged. */
  lastError: ErrorTold | null;
}

/** For scripts: times as RFC 3339, and nothing that may change with the inside of the daemon. */
export function connectionData(one: ConnectionTold): Record<string, unknown> {
  const { component, state, since, rung, reason, latencyMs, nextAttemptAt, signs, canReconnect } = one;
  return {
    ...{ component, state, since: isoTime(since), rung, reason, latencyMs },
    ...{ nextAttemptAt: isoTime(nextAttemptAt), canReconnect },
    signs: signs && {
      isOpen: signs.isOpen,
      lastPongAt: isoTime(signs.lastPongAt),
      lastEventAt: isoTime(signs.lastEventAt),
      lastSnapshotAt: isoTime(signs.lastSnapshotAt),
      snapshotAgrees: signs.snapshotAgrees,
    },
  };
}

export function conditionData(one: ConditionTold): Record<string, unknown> {
  return { ...one, since: isoTime(one.since) };
}

export function errorData(one: ErrorTold): Record<string, unknown> {
  return {
    ...one,
    firstSeen: isoTime(one.firstSeen),
    lastSeen: isoTime(one.lastSeen),
    acknowledgedAt: isoTime(one.acknowledgedAt),
  };
}

const PAINTS = { up: 'good', degraded: 'warn', down: 'bad', disabled: 'dim' } as const;

/** How a state is coloured; the word says it too. */
export function paintOfState(state: string): 'good' | 'warn' | 'bad' | 'dim' {
  return PAINTS[state as keyof typeof PAINTS] ?? 'dim';
}

export function paintOfSeverity(severity: string): 'bad' | 'warn' | 'dim' {
  if (severity === 'critical' || severity === 'error') return 'bad';
  return severity === 'warning' ? 'warn' : 'dim';
}
