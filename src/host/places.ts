/** Where everything is on a machine; what the daemon itself reads and writes stands in shared/paths.ts. */
export const PLACES = {
  home: '/opt/3cx-relay',
  releases: '/opt/3cx-relay/releases',
  current: '/opt/3cx-relay/current',
  previous: '/opt/3cx-relay/previous',
  /** What the installer made, and what it is to bring back. */
  made: '/opt/3cx-relay/installed.json',
  supportNote: '/opt/3cx-relay/SUPPORT-MODE.txt',
  config: '/etc/3cx-relay',
  configFile: '/etc/3cx-relay/relay.env',
  secretFile: '/etc/3cx-relay/client-secret',
  state: '/var/lib/3cx-relay',
  unit: '/etc/systemd/system/3cx-relay.service',
  /** 3CX: what the vendor's site file includes, inside its server blocks. */
  snippets: '/var/lib/3cxpbx/Bin/nginx/conf/snippets',
  snippet: '/var/lib/3cxpbx/Bin/nginx/conf/snippets/60-3cx-relay.conf',
} as const;

export const USER = '3cxrelay';
export const SERVICE = '3cx-relay.service';
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = '8082';

export function releaseFolder(version: string): string {
  return `${PLACES.releases}/${version}`;
}
