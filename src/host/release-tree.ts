import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError } from '../shared/control/cli-error.ts';
import { targetOf, textOf } from './machine/file-work.ts';
import type { Host } from './machine/host.ts';
import { PLACES } from './places.ts';

/** All that runs, in one folder. */
export interface ReleaseTree {
  folder: string;
  version: string;
}

/** Without one of these it is no release. */
const NEEDED = [
  ...['VERSION', 'bin/3cx-relay', 'runtime/bin/node', 'dist/cli/main.js', 'schema.sql', 'package.json'],
  ...['packaging/3cx-relay.service', 'packaging/nginx/60-3cx-relay.conf'],
];
/** Becomes the name of a folder, so it is nothing but a version. */
const VERSION_FORM = /^\d+\.\d+\.\d+(?:[-+][\w.+-]{1,40})?$/;

/** Throws E_HOST when it is none, or not whole. */
export function readRelease(folder: string): ReleaseTree {
  const version = textOf(join(folder, 'VERSION'))?.trim() ?? '';
  const missing = NEEDED.filter(name => !existsSync(join(folder, name)));
  if (missing.length === 0 && VERSION_FORM.test(version)) return { folder: resolve(folder), version };
  const why = missing.length > 0 ? `${missing[0]} is missing` : `VERSION says "${version.slice(0, 40)}"`;
  throw new CliError(
    'E_HOST',
    `${folder} is no whole release of 3cx-relay: ${why}.`,
    "In a checkout 'npm ci && npm run release' makes one under release/.",
  );
}

/** What a link of ours leads to; null when there is none, or it leads nowhere. */
export function linkedRelease(host: Host, link: string): ReleaseTree | null {
  const target = targetOf(host.at(link));
  if (target === null) return null;
  try {
    return readRelease(join(host.at(PLACES.releases), basename(target)));
  } catch {
    return null;
  }
}

export function currentRelease(host: Host): ReleaseTree | null {
  return linkedRelease(host, PLACES.current);
}

export function launcherOf({ folder }: ReleaseTree): string {
  return join(folder, 'bin/3cx-relay');
}

/** Folders of releases that are there, whole or not. */
export function releaseNames(host: Host): string[] {
  try {
    return readdirSync(host.at(PLACES.releases)).toSorted();
  } catch {
    return [];
  }
}

/** The tree that this program was started from. */
export function ownTree(): string {
  return dirname(dirname(dirname(resolve(process.argv[1] ?? '/'))));
}
