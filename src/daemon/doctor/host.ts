import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Config } from '../config/config.ts';

/** The machine as the doctor sees it; tests replace what cannot be made to go wrong there. */
export interface Host {
  nodeVersion: string;
  freeBytes(path: string): Promise<number>;
  /** Listens for a moment and lets go at once; null when that works, else the system's code. */
  tryToListen(host: string, port: number): Promise<string | null>;
  addressesOf(hostname: string): Promise<string[]>;
  /** Where the database is looked for when nothing is set. */
  databasePlaces: { iniFiles?: readonly string[]; socketFolder?: string; port?: number };
  /** 3CX: what its web server includes. */
  snippetFolder: string;
  /** Where programs outside reach the relay; null where there is no outside. */
  outsideUrl(config: Config): string | null;
  /** Beside the authorities Node knows. */
  authorities: readonly string[];
  /** How long the live socket and the token are watched. */
  watchMs: number;
}

const WATCH_MS = 4000;

export const HOST: Host = {
  nodeVersion: process.versions.node,
  freeBytes: async path => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  tryToListen: (host, port) => {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const server = createServer();
    server.once('error', error => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
    return promise;
  },
  databasePlaces: {},
  addressesOf: async hostname => (await lookup(hostname, { all: true })).map(({ address }) => address),
  snippetFolder: '/var/lib/3cxpbx/Bin/nginx/conf/snippets',
  outsideUrl: ({ pbx }) => {
    const url = new URL(pbx.url);
    if (url.protocol !== 'https:') return null;
    return `https://${nameOf(pbx.fqdn)}${url.port === '' ? '' : `:${url.port}`}`;
  },
  authorities: [],
  watchMs: WATCH_MS,
};

/** FQDN may carry a port. */
export function nameOf(fqdn: string): string {
  return fqdn.replace(/:\d+$/, '');
}
