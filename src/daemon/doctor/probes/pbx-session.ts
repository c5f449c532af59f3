import type { Config } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import { PbxError } from '../../sources/threecx/http/pbx-error.ts';
import { TokenManager } from '../../sources/threecx/http/tokens.ts';
import { Transport } from '../../sources/threecx/http/transport.ts';
import { XapiClient } from '../../sources/threecx/http/xapi-client.ts';
import { limitsWith } from '../../sources/threecx/options.ts';
import type { LiveView } from '../live-view.ts';

/** XAPI and call control with a token: our own, or the running daemon's. */
export interface PbxSession {
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** The same for who pages through lists. */
  client: Pick<XapiClient, 'get'>;
  /** Resolves when a token is there; throws the PbxError that says why not. */
  prove(signal: AbortSignal): Promise<void>;
  roles(): readonly string[] | null;
  /** Of our own only: the daemon's token is not handed about. */
  own: OwnToken | null;
  close(): void;
}

interface OwnToken {
  text(): Promise<string>;
  /** Whether exactly this token is still good; never makes a new one. */
  isAccepted(text: string, signal: AbortSignal): Promise<boolean>;
}

interface SessionParts {
  config: Config;
  live: LiveView | null;
  clock: Clock;
  signal: AbortSignal;
}

/** 3CX: the vendor's own ping; any token may ask it. */
export const PING_PATH = '/xapi/v1/Defs?$select=Id';
/** Shorter than the daemon's: a person is waiting. */
export const DOCTOR_LIMITS = limitsWith({ connectMs: 3000, responseMs: 4000, totalMs: 5000 });
const UNAUTHORISED = 401;

export function sessionOf({ config, live, clock, signal }: SessionParts): PbxSession {
  if (live !== null) return livingSession(live);
  const { pbx } = config;
  const transport = new Transport({ url: new URL(pbx.url), fqdn: pbx.fqdn, limits: DOCTOR_LIMITS });
  const tokens = new TokenManager({ options: pbx, transport, clock, limits: DOCTOR_LIMITS, signal });
  const client = new XapiClient({ transport, tokens, clock, limits: DOCTOR_LIMITS });
  return {
    get: (path, within) => client.get(path, { signal: AbortSignal.any([signal, within]) }),
    client,
    prove: async () => void (await tokens.token()),
    roles: () => tokens.roles,
    own: {
      text: () => tokens.token(),
      isAccepted: async (text, within) => {
        const headers = { authorization: `Bearer ${text}` };
        const reply = await transport.send({ method: 'GET', path: PING_PATH, headers, signal: within });
        return reply.status !== UNAUTHORISED;
      },
    },
    close: () => transport.close(),
  };
}

function livingSession(live: LiveView): PbxSession {
  return {
    get: (path, signal) => live.get(path, signal),
    client: { get: (path, { signal }) => live.get(path, signal) },
    prove: async signal => {
      try {
        await live.get(PING_PATH, signal);
      } catch (error) {
        // The token was good enough to be told no.
        if (!(error instanceof PbxError && error.fault === 'forbidden' && error.status === 403)) throw error;
        if (live.token().roles === null) throw error;
      }
    },
    roles: () => live.token().roles,
    own: null,
    close: () => {},
  };
}
