import type { Check } from './check.ts';
import { ACCESS_CHECKS } from './themes/access.ts';
import { CALL_CHECKS } from './themes/calls.ts';
import { DAEMON_CHECKS } from './themes/daemon.ts';
import { DATABASE_CHECKS } from './themes/database.ts';
import { HOST_CHECKS } from './themes/host.ts';
import { NETWORK_CHECKS } from './themes/network.ts';
import { OUTSIDE_CHECKS } from './themes/outside.ts';
import { WEB_SERVER_CHECKS } from './themes/web-server.ts';

/** All that doctor looks at, in the order it is shown: a cause stands above its effects. */
export const CHECKS: readonly Check[] = [
  ...HOST_CHECKS,
  ...DAEMON_CHECKS,
  ...NETWORK_CHECKS,
  ...WEB_SERVER_CHECKS,
  ...ACCESS_CHECKS,
  ...CALL_CHECKS,
  ...DATABASE_CHECKS,
  ...OUTSIDE_CHECKS,
];

/** What every check may end with besides its own codes. */
export const GENERAL: Record<string, { result: 'warning' | 'fail'; cause: string; fix: string }> = {
  TIMED_OUT: {
    result: 'fail',
    cause: 'The check was not done in its time.',
    fix: 'Run doctor again; if it stays, look at the load of this machine and of the phone system.',
  },
  BROKEN: {
    result: 'fail',
    cause: 'The check itself failed: a defect of ours, or something nobody has met yet.',
    fix: 'Report it with the line above.',
  },
};
