import { isIP } from 'node:net';
import type { SocketAddress } from '../../socket-connection.ts';

export const SOCKET_PATH = '/callcontrol/ws';

/** Where the live socket is: the host may be an address, the certificate is for the FQDN all the same. */
export function socketAddress(
  { url: pbxUrl, fqdn }: { url: string; fqdn: string },
  authorization: string,
): SocketAddress {
  const url = new URL(SOCKET_PATH, pbxUrl);
  const isTls = url.protocol === 'https:';
  url.protocol = isTls ? 'wss:' : 'ws:';
  const host = url.port === '' ? fqdn : `${fqdn}:${url.port}`;
  return {
    url: url.href,
    headers: { authorization, ...(isTls && { host }) },
    ...(isTls && isIP(fqdn) === 0 && { servername: fqdn }),
  };
}
