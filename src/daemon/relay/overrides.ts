import { systemClock } from '../clock.ts';
import type { Clock } from '../core/ports.ts';
/** What tests replace in a whole daemon: time, and limits that nobody wants to wait for. */
import { PASSWORD_COST } from '../guards/operators/operators.ts';
import type { HostProbes } from '../health/host/watches.ts';
import type { RelayLimits } from '../outlets/relay/relay-server.ts';
import type { LateFactLimits } from '../sources/threecx/history/afterwards/late-facts.ts';
import type { DATABASE_LIMITS } from '../sources/threecx/history/database/database.ts';
import type { ThreeCxLimits } from '../sources/threecx/options.ts';

export interface DaemonOverrides {
  clock: Clock;
  sourceLimits: Partial<ThreeCxLimits>;
  databaseLimits: Partial<typeof DATABASE_LIMITS>;
  relayLimits: RelayLimits;
  lateFactLimits: Partial<LateFactLimits>;
  hostProbes: Partial<HostProbes>;
  passwordCost: number;
}

export function overridesWith(given: Partial<DaemonOverrides>): DaemonOverrides {
  return {
    clock: systemClock,
    sourceLimits: {},
    databaseLimits: {},
    relayLimits: {},
    lateFactLimits: {},
    hostProbes: {},
    passwordCost: PASSWORD_COST,
    ...given,
  };
}
