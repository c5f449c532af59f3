import type { IncomingMessage } from 'node:http';
import { PERMISSIONS } from '../../shared/control-api/rights.ts';
import { AppError } from '../../shared/errors.ts';
import type { ApiKeys } from '../guards/api-keys.ts';
import { type AllowedPlaces, Authenticator, addressOf } from '../guards/authenticate.ts';
import { demand } from '../guards/permissions.ts';
import type { Principal } from '../guards/principal.ts';
import { type RateLimiter, rateExceeded, rateHeaders } from '../guards/rate-limiter.ts';
import type { Tickets } from '../guards/tickets.ts';
import type { Admission, Asked } from '../outlets/http/exchange.ts';
import { pathOf } from '../outlets/http/request-parts.ts';
import type { Gate } from '../outlets/relay/gate.ts';

interface GateOptions {
  keys: ApiKeys;
  tickets: Tickets;
  /** Of each key, by its id. */
  limiter: RateLimiter;
  /** Of each address that brings no good key. */
  failures: RateLimiter;
  /** As of now. */
  allowedOrigins: () => readonly string[];
  /** A WebSocket was let in, or refused with that status. */
  onUpgrade: (asked: Asked, status: number) => void;
}

/** Whoever tries keys that are none is slowed by his address. */
const FAILURES_PER_MINUTE = 60;
const PREFLIGHT_SECONDS = 600;
const HEADERS_ONLY: AllowedPlaces = {};
const EVENTS_PLACES: AllowedPlaces = { ticket: 'returning' };
const SWITCHING_PROTOCOLS = 101;
const INTERNAL_ERROR = 500;
/** Of other headers a page of another origin sees only the most common. */
const EXPOSED = [
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'X-Request-Id',
  'Content-Disposition',
];

const NOBODY: Principal = Object.freeze({
  keyId: '',
  name: '',
  permissions: [],
  extensions: null,
  queues: null,
  onlyDns: null,
  networks: null,
  sourceNetworks: null,
  ratePerMinute: 0,
  expiresAt: null,
});
const ADMITTED_UNASKED: Admission<Principal> = { who: NOBODY, headers: {} };

/** All guards of the relay in the order they are passed: origin, key, limit, right. */
export function createGate({
  keys,
  tickets,
  limiter,
  failures,
  allowedOrigins,
  onUpgrade,
}: GateOptions): Gate {
  const authenticator = new Authenticator({ keys, tickets });

  function identify(request: IncomingMessage, places: AllowedPlaces): Promise<Principal> | Principal {
    const fail = (error: unknown): never => {
      if (error instanceof AppError && error.kind.status === 401) {
        const verdict = failures.take(addressOf(request), FAILURES_PER_MINUTE);
        if (!verdict.isAllowed) throw rateExceeded(verdict);
      }
      throw error;
    };
    try {
      const found = authenticator.authenticate(request, places);
      return found instanceof Promise ? found.catch(fail) : found;
    } catch (error) {
      return fail(error);
    }
  }

  /** Most keys are known, and then nothing is waited for. */
  function admit(
    asked: Asked,
    right: string,
    places: AllowedPlaces,
  ): Promise<Admission<Principal>> | Admission<Principal> {
    if (right === 'none') return ADMITTED_UNASKED;
    const found = identify(asked.request, places);
    return found instanceof Promise
      ? found.then(who => admitKnown(who, asked, right))
      : admitKnown(found, asked, right);
  }

  function admitKnown(who: Principal, asked: Asked, right: string): Admission<Principal> {
    asked.asker = who.keyId;
    const verdict = limiter.take(who.keyId, who.ratePerMinute);
    if (!verdict.isAllowed) throw rateExceeded(verdict);
    const permission = PERMISSIONS.find(one => one === right);
    if (right !== 'any') {
      if (permission === undefined) throw new AppError('E_FORBIDDEN', { detail: 'Nobody has this right.' });
      demand(who, permission);
    }
    return { who, headers: rateHeaders(verdict) };
  }

  async function admitUpgrade(request: IncomingMessage): Promise<Principal> {
    const asked: Asked = { request, asker: '' };
    try {
      const { who } = await admit(asked, 'read', { queryKey: true, ticket: 'once' });
      onUpgrade(asked, SWITCHING_PROTOCOLS);
      return who;
    } catch (error) {
      onUpgrade(asked, error instanceof AppError ? error.kind.status : INTERNAL_ERROR);
      throw error;
    }
  }

  return {
    greet: request => corsHeaders(request, allowedOrigins()),
    admit: (asked, right) => admit(asked, right, placesOf(asked.request)),
    admitUpgrade,
    addressOf,
    ticket: client => {
      const { ticket, expiresInMs } = tickets.issue(client);
      return { ticket, expiresInSeconds: Math.floor(expiresInMs / 1000) };
    },
    keepTicket: (ticket, { client: { keyId }, request, end }) =>
      tickets.keep(ticket, { keyId, address: addressOf(request), end }),
    onRevoked: listener => keys.onRevoked(listener),
  };
}

function placesOf(request: IncomingMessage): AllowedPlaces {
  return pathOf(request) === '/relay/events' ? EVENTS_PLACES : HEADERS_ONLY;
}

/** Exact matches only. A request without Origin is no browser's; an empty list means no browser is expected. */
function corsHeaders(request: IncomingMessage, allowed: readonly string[]): Record<string, string> | null {
  const { origin } = request.headers;
  if (origin === undefined) return null;
  if (!allowed.includes(origin)) {
    throw new AppError('E_ORIGIN', {
      detail: 'Add the origin to ALLOWED_ORIGINS to let pages from there in.',
    });
  }
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Headers': 'Authorization, X-API-Key, Content-Type, Last-Event-ID, X-Request-Id',
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    'Access-Control-Expose-Headers': EXPOSED.join(', '),
    Vary: 'Origin',
  };
}
