import type { IncomingMessage } from 'node:http';
import { AppError } from '../../shared/errors.ts';
import type { ApiKeys } from '../guards/api-keys.ts';
import { type AllowedPlaces, Authenticator, addressOf } from '../guards/authenticate.ts';
import { demand } from '../guards/permissions.ts';
import { PERMISSIONS, type Principal } from '../guards/principal.ts';
import { type RateLimiter, rateExceeded, rateHeaders } from '../guards/rate-limiter.ts';
import type { Tickets } from '../guards/tickets.ts';
import type { Admission } from '../outlets/http/http-app.ts';
import type { Gate } from '../outlets/relay/gate.ts';

interface GateOptions {
  keys: ApiKeys;
  tickets: Tickets;
  limiter: RateLimiter;
  /** As of now. */
  allowedOrigins: () => readonly string[];
  /** Whose request it is, whatever comes of it. */
  onIdentified: (request: IncomingMessage, keyId: string) => void;
  /** A WebSocket was let in, or refused with that status. */
  onUpgrade: (request: IncomingMessage, status: number) => void;
}

/** Whoever tries keys that are none is slowed by his address. */
const FAILURES_PER_MINUTE = 60;
const PREFLIGHT_SECONDS = 600;
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

const NOBODY: Principal = {
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
};

/** All guards of the relay in the order they are passed: origin, key, limit, right. */
export function createGate({
  keys,
  tickets,
  limiter,
  allowedOrigins,
  onIdentified,
  onUpgrade,
}: GateOptions): Gate {
  const authenticator = new Authenticator({ keys, tickets });

  async function identify(request: IncomingMessage, places: AllowedPlaces): Promise<Principal> {
    try {
      return await authenticator.authenticate(request, places);
    } catch (error) {
      if (error instanceof AppError && error.kind.status === 401) {
        const verdict = limiter.take(`failed ${addressOf(request)}`, FAILURES_PER_MINUTE);
        if (!verdict.isAllowed) throw rateExceeded(verdict);
      }
      throw error;
    }
  }

  async function admit(
    request: IncomingMessage,
    right: string,
    places: AllowedPlaces,
  ): Promise<Admission<Principal>> {
    if (right === 'none') return { who: NOBODY, headers: {} };
    const who = await identify(request, places);
    onIdentified(request, who.keyId);
    const verdict = limiter.take(`key ${who.keyId}`, who.ratePerMinute);
    if (!verdict.isAllowed) throw rateExceeded(verdict);
    const permission = PERMISSIONS.find(one => one === right);
    if (right !== 'any') {
      if (permission === undefined) throw new AppError('E_FORBIDDEN', { detail: 'Nobody has this right.' });
      demand(who, permission);
    }
    return { who, headers: rateHeaders(verdict) };
  }

  async function admitUpgrade(request: IncomingMessage): Promise<Principal> {
    try {
      const { who } = await admit(request, 'read', { queryKey: true, ticket: 'once' });
      onUpgrade(request, SWITCHING_PROTOCOLS);
      return who;
    } catch (error) {
      onUpgrade(request, error instanceof AppError ? error.kind.status : INTERNAL_ERROR);
      throw error;
    }
  }

  return {
    greet: request => corsHeaders(request, allowedOrigins()),
    admit: (request, right) => admit(request, right, isEventsPlace(request) ? { ticket: 'returning' } : {}),
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

function isEventsPlace({ url }: IncomingMessage): boolean {
  return (url ?? '').split('?')[0] === '/relay/events';
}

/** Exact matches only. A request without Origin is no browser's; an empty list means no browser is expected. */
function corsHeaders(request: IncomingMessage, allowed: readonly string[]): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined) return {};
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
