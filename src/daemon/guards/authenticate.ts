import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../shared/errors.ts';
import type { ApiKeys } from './api-keys.ts';
import { clientAddress, isWithin } from './networks.ts';
import type { Principal } from './principal.ts';
import type { Tickets } from './tickets.ts';

/** The parts of a request that are looked at; node's IncomingMessage has them. */
export interface Asking {
  headers: IncomingHttpHeaders;
  url?: string | undefined;
  socket: { remoteAddress?: string | undefined };
}

/** Where the key may stand besides the headers. URLs end up in logs, so only where there is no other way. */
export interface AllowedPlaces {
  queryKey?: boolean;
  /** `returning`: an event stream that comes back may bring the ticket it began with. */
  ticket?: 'once' | 'returning';
}

interface Credential {
  kind: 'key' | 'ticket';
  text: string;
}

/** Turns a request into who is asking. */
export class Authenticator {
  readonly #keys: ApiKeys;
  readonly #tickets: Tickets;

  constructor({ keys, tickets }: { keys: ApiKeys; tickets: Tickets }) {
    this.#keys = keys;
    this.#tickets = tickets;
  }

  /** At once for a key that was verified a moment ago, and for tickets. */
  authenticate(request: Asking, allowed: AllowedPlaces = {}): Promise<Principal> | Principal {
    const { kind, text } = credentialOf(request, allowed);
    const found =
      kind === 'key'
        ? (this.#keys.known(text) ?? this.#keys.verify(text))
        : this.#redeem(text, request, allowed);
    return found instanceof Promise
      ? found.then(principal => inItsNetwork(principal, request))
      : inItsNetwork(found, request);
  }

  #redeem(ticket: string, request: Asking, allowed: AllowedPlaces): Principal {
    const mayReturn = allowed.ticket === 'returning' && request.headers['last-event-id'] !== undefined;
    const keyId =
      this.#tickets.redeem(ticket) ?? (mayReturn ? this.#tickets.resume(ticket, addressOf(request)) : null);
    if (keyId !== null) return this.#keys.principal(keyId);
    const detail =
      'The ticket was used already, is too old or unknown. Get another one by POST /relay/tickets.';
    throw new AppError('E_KEY_INVALID', { detail });
  }
}

function inItsNetwork(principal: Principal, request: Asking): Principal {
  const { sourceNetworks, name } = principal;
  if (sourceNetworks === null || isWithin(sourceNetworks, addressOf(request))) return principal;
  const detail = `The key "${name}" may not be used from this address. Ask who runs this relay to allow the network.`;
  throw new AppError('E_FORBIDDEN', { detail });
}

/** The address that limits, restrictions and logs use. */
export function addressOf({ headers, socket }: Asking): string {
  return clientAddress({ peer: socket.remoteAddress, forwardedFor: headers['x-forwarded-for'] });
}

function credentialOf({ headers, url = '' }: Asking, allowed: AllowedPlaces): Credential {
  const found: Credential[] = [];
  if (headers.authorization !== undefined) found.push({ kind: 'key', text: bearer(headers.authorization) });
  const other = headers['x-api-key'];
  if (typeof other === 'string') found.push({ kind: 'key', text: other });
  else for (const text of other ?? []) found.push({ kind: 'key', text });
  if (url.includes('?')) found.push(...credentialsInUrl(url, allowed));
  const [credential, second] = found;
  if (second !== undefined) {
    throw new AppError('E_BAD_REQUEST', {
      detail: 'The request carries more than one key or ticket. Send one.',
    });
  }
  if (credential !== undefined) return credential;
  const detail = 'Send the API key as "Authorization: Bearer <key>" or "X-API-Key: <key>".';
  throw new AppError('E_KEY_MISSING', { detail });
}

function credentialsInUrl(url: string, allowed: AllowedPlaces): Credential[] {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  refuse(query.has('api_key') && allowed.queryKey !== true, 'api_key');
  refuse(query.has('ticket') && allowed.ticket === undefined, 'ticket');
  return [
    ...query.getAll('api_key').map(text => ({ kind: 'key' as const, text })),
    ...query.getAll('ticket').map(text => ({ kind: 'ticket' as const, text })),
  ];
}

function refuse(isThere: boolean, parameter: string): void {
  if (!isThere) return;
  const detail = `A key is not taken from the URL here (${parameter}): URLs end up in logs. Send "Authorization: Bearer <key>".`;
  throw new AppError('E_KEY_MISSING', { detail });
}

function bearer(header: string): string {
  const key = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (key !== undefined) return key;
  const detail = 'Authorization must be "Bearer <key>".';
  throw new AppError('E_KEY_MISSING', { detail });
}
