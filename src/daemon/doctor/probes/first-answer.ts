import type { Config } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import { Transport } from '../../sources/threecx/http/transport.ts';
import { DOCTOR_LIMITS, PING_PATH } from './pbx-session.ts';

/** What the phone system says to a stranger: enough for its clock, its version and whether it lets us in at all. */
export interface FirstAnswer {
  status: number;
  contentType: string;
  /** X-3CX-Version, where it tells it to strangers. */
  version: string | null;
  /** By how much its clock is ahead of ours, as near as its Date header is. */
  clockAheadMs: number | null;
  elapsedMs: number;
}

const DATE_STEP_MS = 1000;

/** One question without a token, so it harms no token. Throws a PbxError. */
export async function firstAnswer(config: Config, clock: Clock, signal: AbortSignal): Promise<FirstAnswer> {
  const { url, fqdn } = config.pbx;
  const transport = new Transport({ url: new URL(url), fqdn, limits: DOCTOR_LIMITS });
  try {
    const reply = await transport.send({ method: 'GET', path: PING_PATH, headers: {}, signal });
    const told = Date.parse(reply.date ?? '');
    // The header was written somewhere between question and answer, and its fraction of a second is cut off.
    const ahead = told + DATE_STEP_MS / 2 - (clock.now() - reply.elapsedMs / 2);
    return {
      status: reply.status,
      contentType: reply.contentType,
      version: reply.pbxVersion,
      clockAheadMs: Number.isFinite(ahead) ? ahead : null,
      elapsedMs: reply.elapsedMs,
    };
  } finally {
    transport.close();
  }
}
