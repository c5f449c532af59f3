import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  type PeerCertificate,
  rootCertificates,
  type TLSSocket,
} from 'node:tls';

interface Place {
  host: string;
  port: number;
  /** The name the certificate must be for. */
  name: string;
  authorities: readonly string[];
  signal: AbortSignal;
}

interface Certificate {
  evidence: string[];
  validFrom: number;
  validTo: number;
  nameFault: string | null;
  trustFault: string | null;
}

const HANDSHAKE_WITHIN_MS = 4000;
const CHAIN_MAX = 10;
/** These two are told by themselves, from the dates and the name. */
const NOT_ABOUT_TRUST = /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Shakes hands, looks and leaves: nothing is sent, so a wrong certificate does no harm and can be described. */
export async function lookAtCertificate(place: Place): Promise<Certificate | { failure: string }> {
  const { host, port, name, authorities, signal } = place;
  const { promise, resolve } = Promise.withResolvers<Certificate | { failure: string }>();
  const socket = connect({
    ...{ host, port, timeout: HANDSHAKE_WITHIN_MS, rejectUnauthorized: false },
    ...(isIP(name) === 0 && { servername: name }),
    ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
  });
  const giveUp = (): void => resolve({ failure: 'it took too long' });
  signal.addEventListener('abort', giveUp, { once: true });
  socket.once('secureConnect', () => resolve(described(socket, name)));
  socket.once('timeout', () => resolve({ failure: 'no answer to the handshake in time' }));
  socket.once('error', error => resolve({ failure: 'code' in error ? String(error.code) : error.message }));
  socket.once('close', () => resolve({ failure: 'the connection was closed in the handshake' }));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

function described(socket: TLSSocket, name: string): Certificate {
  const own = socket.getPeerCertificate(true);
  // Node's types know an Error here, its code has the code's text.
  const fault = socket.authorized ? null : codeOf(socket.authorizationError);
  return {
    evidence: [
      `for ${own.subjectaltname ?? own.subject?.CN ?? 'no name'}`,
      `chain: ${chainOf(own).join(' < ')}`,
      `valid ${own.valid_from} to ${own.valid_to}`,
    ],
    validFrom: Date.parse(own.valid_from),
    validTo: Date.parse(own.valid_to),
    nameFault: checkServerIdentity(name, own)?.message ?? null,
    trustFault: fault === null || NOT_ABOUT_TRUST.test(fault) ? null : fault,
  };
}

function chainOf(own: PeerCertificate): string[] {
  const names: string[] = [];
  let at: Partial<ReturnType<TLSSocket['getPeerCertificate']>> | undefined = own;
  while (at && names.length < CHAIN_MAX) {
    names.push(String(at.subject?.CN ?? at.subject?.O ?? 'unnamed'));
    const above: unknown = 'issuerCertificate' in at ? at.issuerCertificate : undefined;
    at = above === at ? undefined : (above as typeof at);
  }
  return names;
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return String(error);
}
