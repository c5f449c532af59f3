import type { IncomingMessage } from 'node:http';
import type { EntryFilter } from '../../core/log/filter.ts';
import type { Principal } from '../../guards/principal.ts';
import type { Admission } from '../http/http-app.ts';
import type { WantedFilter } from './streams/session.ts';

/** The guards at the relay's entrance, put together by the composition root. All throw AppErrors; the default is no. */
export interface Gate {
  /** Host and Origin, before anything is looked at; returns the CORS headers of an allowed origin. */
  greet(request: IncomingMessage): Record<string, string>;
  admit(request: IncomingMessage, right: string): Promise<Admission<Principal>>;
  /** An upgrade may also bring its key or ticket in the address, because browsers cannot send headers. */
  admitUpgrade(request: IncomingMessage): Promise<Principal>;
  addressOf(request: IncomingMessage): string;
  ticket(client: Principal): { ticket: string; expiresInSeconds: number };
  /** Told the id of each key that is revoked or has expired. */
  onRevoked(listener: (keyId: string) => void): () => void;
}

export function filterFor(client: Principal, wanted: WantedFilter): EntryFilter {
  const set = (list: readonly string[] | undefined): ReadonlySet<string> | null =>
    list === undefined || list.length === 0 ? null : new Set(list);
  return {
    types: set(wanted.types),
    dns: set(wanted.dns),
    sources: set(wanted.sources),
    onlyDns: client.onlyDns,
  };
}
