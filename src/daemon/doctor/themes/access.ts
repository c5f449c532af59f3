import { PbxError, wordsOf } from '../../sources/threecx/http/pbx-error.ts';
import { type Check, define, type Finding, fine, found } from '../check.ts';

const OWNER = 'system_owners';
const ADMIN = 'system_admins';
const ENTERPRISE = 'Enterprise';
const USERS_PATH = '/xapi/v1/Users?$top=1&$select=Id';
const HISTORY_PATH = '/xapi/v1/CallHistoryView?$top=1';
const STATUS_PATH = '/xapi/v1/SystemStatus';
export const SNAPSHOT_PATH = '/callcontrol';

const token = define({
  name: 'token',
  looksAt: 'Whether CLIENT_ID and CLIENT_SECRET are given a token',
  needs: ['source-address'],
  isWithToken: true,
  limitMs: 6000,
  faults: {
    TOKEN_SECRET_REFUSED: {
      result: 'fail',
      cause: 'CLIENT_ID or CLIENT_SECRET is wrong, or the API client was removed.',
      fix: 'Compare with Admin > Integrations > API; a new key is shown only once, then put it into relay.env.',
    },
    TOKEN_ADDRESS_BLOCKED: {
      result: 'fail',
      cause: 'The token endpoint refuses our address (403).',
      fix: 'Admin > Advanced > Console Restrictions: add the address of this machine, or allow all.',
    },
    TOKEN_NO_ENDPOINT: {
      result: 'fail',
      cause: 'There is no token endpoint: a version before V20, or another server or proxy answers.',
      fix: 'Correct FQDN or PBX_URL; update the phone system to V20.',
    },
    TOKEN_THROTTLED: {
      result: 'fail',
      cause: 'The token endpoint asks us to slow down (429).',
      fix: 'Wait some minutes, and see which other program asks for tokens from here.',
    },
    TOKEN_FAILING: {
      result: 'fail',
      cause: 'The token endpoint fails or does not answer in time.',
      fix: 'See whether all services of the phone system run (Dashboard > Services), then look again.',
    },
    TOKEN_CONTESTED: {
      result: 'fail',
      cause:
        'Tokens are refused right after they were made: another program takes one with the same client id.',
      fix: 'Give each program its own API client under Admin > Integrations > API.',
    },
  },
  run: async ({ session }, signal) => {
    try {
      await session.prove(signal);
    } catch (error) {
      if (!(error instanceof PbxError)) return found('TOKEN_FAILING', wordsOf(error));
      return found(TOKEN_FAULTS[error.fault] ?? 'TOKEN_FAILING', error.detail);
    }
    const roles = session.roles();
    return fine(
      roles === null ? 'a token was given' : `a token was given, with ${roles.join(', ') || 'no role'}`,
    );
  },
});

const TOKEN_FAULTS = {
  credentials: 'TOKEN_SECRET_REFUSED',
  blocked: 'TOKEN_ADDRESS_BLOCKED',
  missing: 'TOKEN_NO_ENDPOINT',
  redirected: 'TOKEN_NO_ENDPOINT',
  notJson: 'TOKEN_NO_ENDPOINT',
  throttled: 'TOKEN_THROTTLED',
  token: 'TOKEN_CONTESTED',
  contested: 'TOKEN_CONTESTED',
} as const as Partial<Record<PbxError['fault'], TokenCode>>;
type TokenCode =
  | 'TOKEN_SECRET_REFUSED'
  | 'TOKEN_ADDRESS_BLOCKED'
  | 'TOKEN_NO_ENDPOINT'
  | 'TOKEN_THROTTLED'
  | 'TOKEN_CONTESTED';

const role = define({
  name: 'role',
  looksAt: "The API client's role, and its box for the Configuration API",
  needs: ['token'],
  isWithToken: true,
  limitMs: 8000,
  faults: {
    ROLE_TOO_LOW: {
      result: 'fail',
      cause: 'The role of the API client may read neither users nor calls.',
      fix: 'Admin > Integrations > API > the client: give it the role System Owner.',
    },
    ROLE_ADMIN: {
      result: 'warning',
      cause: 'The API client is System Admin: live calls work, call records by XAPI are refused (403).',
      fix: 'Admin > Integrations > API > the client: give it the role System Owner, unless the database serves records.',
    },
    XAPI_NOT_ALLOWED: {
      result: 'fail',
      cause: 'The role would do, and XAPI is refused: its box at the API client is not ticked.',
      fix: 'Admin > Integrations > API > the client: tick "Configuration API access".',
    },
    XAPI_FAILING: {
      result: 'fail',
      cause: 'XAPI fails, does not answer in time, or answers what is no JSON.',
      fix: 'See whether all services of the phone system run (Dashboard > Services), and whether a proxy is between.',
    },
  },
  run: async ({ session }, signal) => {
    const users = await refusalOf(session.get(USERS_PATH, signal));
    const roles = session.roles();
    const seen = `the token says ${roles?.join(', ') || 'nothing of roles'}`;
    const isHigh = roles === null || roles.includes(OWNER) || roles.includes(ADMIN);
    if (users?.isForbidden) return found(isHigh ? 'XAPI_NOT_ALLOWED' : 'ROLE_TOO_LOW', seen, users.detail);
    if (users !== null) return found('XAPI_FAILING', users.detail);
    if (roles?.includes(OWNER)) return fine(seen);
    const history = await refusalOf(session.get(HISTORY_PATH, signal));
    return history?.isForbidden ? found('ROLE_ADMIN', seen, history.detail) : fine(seen);
  },
});

const licence = define({
  name: 'licence',
  looksAt: 'The licence for call control, and its box at the API client',
  needs: ['token'],
  isWithToken: true,
  limitMs: 8000,
  faults: {
    LICENCE_MISSING: {
      result: 'fail',
      cause:
        'Call control is refused and the token names no Enterprise licence; it needs 8SC Enterprise or more.',
      fix: 'Buy the licence; until then calls come from the list of XAPI every few seconds, without legs.',
    },
    LICENCE_ENDED: {
      result: 'fail',
      cause: 'The phone system says that its licence is not active.',
      fix: 'Admin > Settings > License: renew or activate it.',
    },
    CALLCONTROL_NOT_ALLOWED: {
      result: 'fail',
      cause: 'The licence is there, and call control is refused: its box at the API client is not ticked.',
      fix: 'Admin > Integrations > API > the client: tick "Call Control API access".',
    },
    CALLCONTROL_FAILING: {
      result: 'fail',
      cause: 'Call control fails, does not answer in time, or answers what is no JSON.',
      fix: 'See whether all services of the phone system run (Dashboard > Services), and whether a proxy is between.',
    },
  },
  run: async ({ session }, signal) => {
    const refusal = await refusalOf(session.get(SNAPSHOT_PATH, signal));
    const roles = session.roles();
    const isLicensed = roles === null || roles.includes(ENTERPRISE);
    const seen = `the token ${roles?.includes(ENTERPRISE) ? 'names' : 'does not name'} ${ENTERPRISE}`;
    if (refusal?.isForbidden)
      return found(isLicensed ? 'CALLCONTROL_NOT_ALLOWED' : 'LICENCE_MISSING', seen, refusal.detail);
    if (refusal !== null) return found('CALLCONTROL_FAILING', refusal.detail);
    return licenceState(await session.get(STATUS_PATH, signal).catch(() => null), seen);
  },
});

function licenceState(status: unknown, seen: string): Finding<'LICENCE_ENDED'> {
  const { LicenseActive, ProductCode, ExpirationDate } = (status ?? {}) as Record<string, unknown>;
  const product = typeof ProductCode === 'string' ? [`${ProductCode.slice(0, 40)}`] : [];
  const until = typeof ExpirationDate === 'string' ? [`until ${ExpirationDate.slice(0, 10)}`] : [];
  const line = [...product, ...until].join(' ');
  const evidence = line === '' ? [seen] : [seen, line];
  return LicenseActive === false ? found('LICENCE_ENDED', ...evidence) : fine(...evidence);
}

export const ACCESS_CHECKS: readonly Check[] = [token, role, licence];

/** Null when it was answered. */
async function refusalOf(
  question: Promise<unknown>,
): Promise<{ isForbidden: boolean; detail: string } | null> {
  try {
    await question;
    return null;
  } catch (error) {
    const isForbidden = error instanceof PbxError && error.fault === 'forbidden';
    return { isForbidden, detail: wordsOf(error) };
  }
}
