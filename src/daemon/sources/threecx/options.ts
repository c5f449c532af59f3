import { AppError } from '../../../shared/errors.ts';
import type { Clock, EventSink, HealthReporter, Heard } from '../../core/ports.ts';
import { SOCKET_LIMITS, type SocketLimits } from '../reconnecting-socket.ts';
import type { UpstreamFault } from './http/pbx-error.ts';

/** The name this source has in the journal, in call ids and filters. */
export const SOURCE_NAME = '3cx';

export interface ThreeCxOptions {
  /** E.g. `https://pbx.example.com` or `https://127.0.0.1:5001`; `http://` to loopback only. */
  pbxUrl: string;
  /** The name on the certificate. */
  fqdn: string;
  clientId: string;
  clientSecret: string;
  callControlAuth: 'auto' | 'bearer' | 'basic';
}

export interface SourceLogger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface ThreeCxParts {
  sink: EventSink;
  health: HealthReporter;
  clock: Clock;
  logger: SourceLogger;
  /** Until when the relay surely heard the PBX before it was last stopped; a gap is told from there. */
  heardUntil?: number;
  /** Told about once a minute while all is heard, and at once when that ends or the relay does. */
  onHeard?: (heard: Heard) => void;
  /** Told each request that the phone system refused or failed. */
  onUpstreamFault?: (fault: UpstreamFault) => void;
  /** For tests; everything else takes the values below. */
  limits?: Partial<ThreeCxLimits>;
  random?: () => number;
}

export const THREECX_LIMITS = {
  // HTTP
  connectMs: 5000,
  responseMs: 15_000,
  totalMs: 30_000,
  bodyMaxBytes: 5 * 1_048_576,
  /** Requests to the PBX at one time, of all kinds together; more wait. */
  requestsMax: 4,
  /** Of these, kept free for live calls and commands. */
  urgentPlaces: 2,
  /** Requests that may wait; further ones are refused with E_UNAVAILABLE. */
  waitingMax: 256,
  /** 3CX: how long to be silent after a 429 that does not say it. */
  throttledMs: 10_000,
  throttledMaxMs: 300_000,

  // Token
  renewBeforeMs: 300_000,
  renewAtShare: 0.8,
  /** After refused credentials: so long until they are tried again, doubling up to the cap, lest the account be locked. */
  credentialsRetryMs: 60_000,
  credentialsRetryCapMs: 900_000,
  tokenRetryMs: 1000,
  tokenRetryCapMs: 60_000,
  /** A token refused again so soon after we renewed it is being taken by somebody else: wait, doubling up to the cap. */
  contestedMs: 5000,
  contestedCapMs: 60_000,
  contestForgottenMs: 600_000,

  // Live calls
  snapshotEveryMs: 60_000,
  /** While the socket is down, snapshots are all there is. */
  snapshotWhileDownMs: 15_000,
  snapshotRetryMs: 5000,
  pollGapMinMs: 2000,
  activeCallsEveryMs: 5000,
  activeCallsOnlySourceMs: 3000,
  /** After a 403 or 404 to ActiveCalls, while call control works. */
  activeCallsPauseMs: 600_000,
  /** A socket that pongs while a snapshot shows what it never told has so long to tell it, then it is replaced. */
  zombieGraceMs: 5000,
  /** Upgrades refused by rights (401, 403) are tried again no sooner. */
  refusedRetryMs: 60_000,
  /** Legs whose state is being asked for; beyond, one snapshot replaces all questions. */
  questionsMax: 1000,

  // People
  agentsEveryMs: 15_000,
  rosterCachedMs: 60_000,
};

export type ThreeCxLimits = typeof THREECX_LIMITS & { socket: SocketLimits };

export function limitsWith(changes: Partial<ThreeCxLimits> = {}): ThreeCxLimits {
  return { ...THREECX_LIMITS, socket: SOCKET_LIMITS, ...changes };
}

/** Credentials and callers' numbers never cross a network in clear: plain HTTP is for the machine itself. */
export function checkedUrl({ pbxUrl }: Pick<ThreeCxOptions, 'pbxUrl'>): URL {
  const url = URL.canParse(pbxUrl) ? new URL(pbxUrl) : null;
  const isLoopback = url !== null && /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url;
  throw new AppError('E_CONFIG', {
    detail: 'PBX_URL must be an https:// address; http:// is accepted for 127.0.0.1, ::1 and localhost only.',
  });
}
