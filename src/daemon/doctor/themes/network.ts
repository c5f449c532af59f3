import { connect, isIP } from 'node:net';
import { type Check, define, fine, found, skipped } from '../check.ts';
import { nameOf } from '../host.ts';
import { causeOf } from '../presence.ts';
import { lookAtCertificate } from '../probes/certificate.ts';

const CONNECT_WITHIN_MS = 3000;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 14;

const dns = define({
  name: 'dns',
  looksAt: "The address of the phone system's name",
  needs: ['config'],
  faults: {
    DNS_UNKNOWN: {
      result: 'fail',
      cause:
        'The name has no address here: a typing error, or the name is known only inside or outside the house.',
      fix: 'Correct FQDN; on the phone system itself set PBX_URL=https://127.0.0.1:5001 and leave FQDN as it is.',
    },
  },
  run: async ({ config, host }) => {
    const { hostname } = new URL(config.pbx.url);
    if (isIP(hostname.replace(/[[\]]/g, '')) !== 0) return fine(`${hostname} is an address already`);
    try {
      return fine(`${hostname} is ${(await host.addressesOf(hostname)).join(', ')}`);
    } catch (error) {
      return found('DNS_UNKNOWN', `${hostname}: ${causeOf(error)}`);
    }
  },
});

const reach = define({
  name: 'connect',
  looksAt: "Whether the phone system's web port takes a connection",
  needs: ['dns'],
  faults: {
    PBX_UNREACHABLE: {
      result: 'fail',
      cause:
        'Nobody listens there, or packets are dropped: wrong port, web server stopped, firewall, or our address is on its blacklist.',
      fix: 'Self-hosted systems often use 5001: FQDN=pbx.example.com:5001. See Admin > Security > IP blacklist.',
    },
  },
  run: async ({ config }, signal) => {
    const url = new URL(config.pbx.url);
    const port = portOf(url);
    const beganAt = performance.now();
    const code = await tryToConnect(url.hostname.replace(/[[\]]/g, ''), port, signal);
    const at = `${url.hostname}:${port}`;
    if (code !== null) return found('PBX_UNREACHABLE', `${at}: ${code}`);
    return fine(`${at} took a connection in ${Math.round(performance.now() - beganAt)} ms`);
  },
});

const tls = define({
  name: 'tls',
  looksAt: 'The certificate: signed, for this name, in date',
  needs: ['connect'],
  faults: {
    TLS_NOT_SPOKEN: {
      result: 'fail',
      cause: 'What listens there does not speak TLS: that is the port for plain HTTP, or another program.',
      fix: 'Set FQDN or PBX_URL to the HTTPS port (443 or 5001).',
    },
    TLS_EXPIRED: {
      result: 'fail',
      cause: 'The certificate is out of date, or the clock of this machine is wrong.',
      fix: 'Renew it in the phone system; a name of 3CX renews itself when the licence and port 80 allow it.',
    },
    TLS_NAME: {
      result: 'fail',
      cause: 'The certificate is for another name.',
      fix: 'Set FQDN to a name on the certificate; where to connect stands in PBX_URL.',
    },
    TLS_UNTRUSTED: {
      result: 'fail',
      cause: 'The certificate is signed by nobody we know, or a certificate between is not sent along.',
      fix: 'Install the full chain in the phone system; for an authority of your own set NODE_EXTRA_CA_CERTS.',
    },
    TLS_EXPIRES_SOON: {
      result: 'warning',
      cause: `The certificate ends within ${EXPIRES_SOON_DAYS} days.`,
      fix: 'Renew it in the phone system; a name of 3CX renews itself when the licence and port 80 allow it.',
    },
  },
  run: async ({ config, host, clock }, signal) => {
    const url = new URL(config.pbx.url);
    if (url.protocol === 'http:') return skipped('PBX_URL is http:// to this machine');
    const place = {
      host: url.hostname.replace(/[[\]]/g, ''),
      port: portOf(url),
      name: nameOf(config.pbx.fqdn),
    };
    const seen = await lookAtCertificate({ ...place, authorities: host.authorities, signal });
    if ('failure' in seen) return found('TLS_NOT_SPOKEN', `${url.host}: ${seen.failure}`);
    const { evidence, validFrom, validTo, nameFault, trustFault } = seen;
    const now = clock.now();
    if (now > validTo || now < validFrom) return found('TLS_EXPIRED', ...evidence);
    if (nameFault !== null) return found('TLS_NAME', ...evidence, nameFault);
    if (trustFault !== null) return found('TLS_UNTRUSTED', ...evidence, trustFault);
    return validTo - now < EXPIRES_SOON_DAYS * DAY_MS
      ? found('TLS_EXPIRES_SOON', ...evidence)
      : fine(...evidence);
  },
});

export const NETWORK_CHECKS: readonly Check[] = [dns, reach, tls];

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function tryToConnect(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host, port, signal, timeout: CONNECT_WITHIN_MS });
  socket.once('connect', () => resolve(null));
  socket.once('timeout', () => resolve('no answer in time'));
  socket.once('error', error => resolve(causeOf(error)));
  return promise.finally(() => socket.destroy());
}
