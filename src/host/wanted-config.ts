import { variablesIn } from './env-text.ts';
import { textOf } from './machine/file-work.ts';
import type { Host } from './machine/host.ts';
import type { Wish } from './piece.ts';
import { DEFAULT_HOST, DEFAULT_PORT, PLACES } from './places.ts';

/** For commands that change nothing of the configuration. */
export const NO_WISH: Wish = { variables: {}, clientSecret: null, isStarted: true };

/** Where the relay listens, by what is there and what was asked for; an address to reach it by. */
export function listensOn(
  host: Host,
  { variables }: Pick<Wish, 'variables'>,
): { address: string; port: number } {
  const all = { ...variablesIn(textOf(host.at(PLACES.configFile)) ?? ''), ...variables };
  const address = all['HOST'] || DEFAULT_HOST;
  const isEverywhere = address === '0.0.0.0' || address === '::';
  return { address: isEverywhere ? DEFAULT_HOST : address, port: Number(all['PORT'] || DEFAULT_PORT) };
}

/** The variables without which the daemon does not start, and which neither the file nor the wish has. */
export function missingIn(host: Host, { variables, clientSecret }: Wish): string[] {
  const all = { ...variablesIn(textOf(host.at(PLACES.configFile)) ?? ''), ...variables };
  const has = (name: string): boolean => (all[name] ?? '') !== '';
  return [
    ...(has('FQDN') || has('PBX_URL') ? [] : ['FQDN']),
    ...(has('CLIENT_ID') ? [] : ['CLIENT_ID']),
    ...(has('CLIENT_SECRET') || has('CLIENT_SECRET_FILE') || clientSecret !== null ? [] : ['CLIENT_SECRET']),
  ];
}
