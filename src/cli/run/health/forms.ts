import type { ConditionTold, ConnectionTold, ErrorTold } from '../../../shared/control-api/told.ts';
import { isoTime } from '../../../shared/telling/time.ts';

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
