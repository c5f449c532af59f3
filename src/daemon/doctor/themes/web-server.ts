import { PbxError } from '../../sources/threecx/http/pbx-error.ts';
import { type Check, define, fine, found, skipped } from '../check.ts';
import type { Context } from '../context.ts';

const CLOCK_OFF_SECONDS = 10;
const CLOCK_WRONG_SECONDS = 300;
/** 3CX: the versions this was made and tested against. */
const OLDEST_KNOWN = [20, 0, 7] as const;
const NEWEST_KNOWN = [20, 0, 10] as const;

const sourceAddress = define({
  name: 'source-address',
  looksAt: 'Whether the phone system answers our address as a V20 does',
  needs: ['tls'],
  limitMs: 6000,
  faults: {
    SOURCE_ADDRESS_BLOCKED: {
      result: 'fail',
      cause: 'The phone system refuses our address before it looks at any login (403).',
      fix: 'Admin > Advanced > Console Restrictions: add the address of this machine, or allow all.',
    },
    PBX_SILENT: {
      result: 'fail',
      cause: 'It takes the connection and does not answer in time: overloaded, or its services are starting.',
      fix: 'Look at the load of the phone system, and whether all its services run (Dashboard > Services).',
    },
    PBX_FAILING: {
      result: 'fail',
      cause: 'Its web server answers with an error of its own: services behind it are stopped or starting.',
      fix: 'See whether all services run (Dashboard > Services); wait some minutes after an update or restart.',
    },
    PBX_THROTTLES: {
      result: 'warning',
      cause: 'It asks us to slow down (429).',
      fix: 'Wait some minutes; see who else uses the API from here.',
    },
    PBX_OTHER_SERVER: {
      result: 'fail',
      cause: 'What answers there is no 3CX V20: another web server, a proxy, or an older version.',
      fix: 'Correct FQDN or PBX_URL: it is the address at which the web client opens.',
    },
  },
  run: async context => {
    try {
      const { status, elapsedMs, contentType } = await context.firstAnswer();
      const seen = `a question without a token was answered with ${status} in ${elapsedMs} ms`;
      if (status === 401) return fine(seen);
      if (status === 403) return found('SOURCE_ADDRESS_BLOCKED', seen);
      if (status === 429) return found('PBX_THROTTLES', seen);
      if (status >= 500) return found('PBX_FAILING', seen);
      return found('PBX_OTHER_SERVER', `${seen}, ${contentType || 'no type'}`);
    } catch (error) {
      if (!(error instanceof PbxError)) throw error;
      return found(error.fault === 'timeout' ? 'PBX_SILENT' : 'PBX_FAILING', error.detail);
    }
  },
});

const clockCheck = define({
  name: 'clock',
  looksAt: "Our clock against the phone system's",
  needs: ['source-address'],
  faults: {
    CLOCK_OFF: {
      result: 'warning',
      cause: `The clocks differ by more than ${CLOCK_OFF_SECONDS} s: live events and records of one call get different times.`,
      fix: "Switch on time synchronisation on both: 'timedatectl set-ntp true'.",
    },
    CLOCK_WRONG: {
      result: 'fail',
      cause: `The clocks differ by more than ${CLOCK_WRONG_SECONDS} s: certificates and tokens are judged wrongly, records do not find their calls.`,
      fix: "Switch on time synchronisation on both: 'timedatectl set-ntp true'; 'timedatectl' shows which is wrong.",
    },
  },
  run: async context => {
    const { clockAheadMs } = await context.firstAnswer();
    if (clockAheadMs === null) return skipped('the answer carries no Date');
    const seconds = Math.round(clockAheadMs / 1000);
    const seen = `the phone system is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`;
    if (Math.abs(seconds) > CLOCK_WRONG_SECONDS) return found('CLOCK_WRONG', seen);
    return Math.abs(seconds) > CLOCK_OFF_SECONDS ? found('CLOCK_OFF', seen) : fine(seen);
  },
});

const version = define({
  name: 'version',
  looksAt: 'The version of XAPI against those we know',
  needs: ['source-address'],
  faults: {
    VERSION_OLDER: {
      result: 'warning',
      cause: `The phone system is older than ${OLDEST_KNOWN.join('.')}: parts of XAPI and the table of records may be missing.`,
      fix: 'Update the phone system.',
    },
    VERSION_NEWER: {
      result: 'warning',
      cause: `The phone system is newer than ${NEWEST_KNOWN.join('.')}, the newest this was tested with.`,
      fix: 'Update 3cx-relay; if all else here is ok, nothing is urgent.',
    },
    VERSION_UNKNOWN: {
      result: 'warning',
      cause: 'The phone system tells a version that is no 3CX version.',
      fix: 'See whether a proxy stands between, which changes headers.',
    },
  },
  run: async (context, signal) => {
    const told = (await context.firstAnswer()).version ?? (await askVersion(context, signal));
    if (told === null) return skipped('it tells its version only to who has a token');
    const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(told)?.slice(1).map(Number);
    if (numbers === undefined) return found('VERSION_UNKNOWN', JSON.stringify(told));
    if (compare(numbers, OLDEST_KNOWN) < 0) return found('VERSION_OLDER', told);
    return compare(numbers, NEWEST_KNOWN) > 0 ? found('VERSION_NEWER', told) : fine(told);
  },
});

async function askVersion(context: Context, signal: AbortSignal): Promise<string | null> {
  if (!context.mayUseToken) return null;
  const status = await context.session.get('/xapi/v1/SystemStatus', signal).catch(() => null);
  const told = (status as { Version?: unknown } | null)?.Version;
  return typeof told === 'string' ? told.slice(0, 64) : null;
}

export const WEB_SERVER_CHECKS: readonly Check[] = [sourceAddress, clockCheck, version];

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
