import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../shared/errors.ts';
import type { EntryFilter } from '../../core/log/filter.ts';
import type { Principal } from '../../guards/principal.ts';
import type { Admission, Asked } from '../http/exchange.ts';
import type { WantedFilter } from './streams/session.ts';

/** The guards at the relay's entrance, put together by the composition root. All throw AppErrors; the default is no. */
export interface Gate {
  /** Host and Origin, before anything is looked at; returns the CORS headers of an allowed origin. */
  greet(request: IncomingMessage): Record<string, string> | null;
  /** At once where nothing must be waited for. */
  admit(asked: Asked, right: string): Promise<Admission<Principal>> | Admission<Principal>;
  /** An upgrade may also bring its key or ticket in the address, because browsers cannot send headers. */
  admitUpgrade(request: IncomingMessage): Promise<Principal>;
  addressOf(request: IncomingMessage): string;
  ticket(client: Principal): { ticket: string; expiresInSeconds: number };
  /**
   * An event stream was opened with this ticket: it stays good for the stream's own returns, and an earlier stream
   * that is open with it ends. Call the answer when the stream has ended.
   */
  keepTicket(ticket: string, stream: TicketStream): () => void;
  /** Told the id of each key that is revoked or has expired. */
  onRevoked(listener: (keyId: string) => void): () => void;
}

interface TicketStream {
  client: Principal;
  request: IncomingMessage;
  end: () => void;
}

const NAMED_MAX = 5;

/** Throws E_FORBIDDEN for numbers that the key may not hear of: what was asked for would never come. */
export function filterFor(client: Principal, wanted: WantedFilter): EntryFilter {
  const { name, onlyDns } = client;
  const foreign = onlyDns === null ? [] : (wanted.dns ?? []).filter(dn => !onlyDns.has(dn));
  if (foreign.length > 0) {
    const named = foreign.slice(0, NAMED_MAX).join(', ');
    const detail = `The key "${name}" may not hear of ${named}. GET /relay/me tells what it may.`;
    throw new AppError('E_FORBIDDEN', { detail });
  }
  const set = (list: readonly string[] | undefined): ReadonlySet<string> | null =>
    list === undefined || list.length === 0 ? null : new Set(list);
  return {
    types: set(wanted.types),
    dns: set(wanted.dns),
    sources: set(wanted.sources),
    onlyDns,
  };
}
