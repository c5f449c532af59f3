import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { difference } from '../machine/file-work.ts';
import type { Piece, Site } from '../piece.ts';
import { PLACES, releaseFolder } from '../places.ts';
import { releaseNames } from '../release-tree.ts';

/** The folder of this version, beside that of the version before. */
export const releasePiece: Piece = {
  name: 'release',
  what: ({ release }) => `version ${release.version} in ${releaseFolder(release.version)}`,
  look: async site => {
    const there = placeOf(site);
    if (!existsSync(there)) return { state: 'absent' };
    if (there === site.release.folder) return { state: 'right' };
    const where = difference(site.release.folder, there);
    return where === null ? { state: 'right' } : { state: 'other', why: `${where} is not as it was shipped` };
  },
  put: async (site, undos) => {
    const there = placeOf(site);
    const [fresh, aside] = [`${there}.new`, `${there}.before`];
    rmSync(fresh, { recursive: true, force: true });
    rmSync(aside, { recursive: true, force: true });
    const hadOne = existsSync(there);
    undos.push(async () => {
      rmSync(fresh, { recursive: true, force: true });
      if (hadOne && !existsSync(aside)) return;
      rmSync(there, { recursive: true, force: true });
      if (hadOne) renameSync(aside, there);
    });
    cpSync(site.release.folder, fresh, { recursive: true, verbatimSymlinks: true });
    if (hadOne) renameSync(there, aside);
    renameSync(fresh, there);
  },
  takeAway: async ({ host }) => {
    for (const place of [PLACES.current, PLACES.previous, PLACES.supportNote, PLACES.made])
      rmSync(host.at(place), { force: true });
    rmSync(host.at(PLACES.releases), { recursive: true, force: true });
    // Nothing else is ever written there.
    rmSync(host.at(PLACES.home), { recursive: true, force: true });
  },
  things: ({ host }) =>
    releaseNames(host).map(name => ({
      kind: 'folder',
      name: releaseFolder(name),
      note: 'a version of the program, with the Node it runs on',
    })),
};

/** Two versions are kept: the one that runs and the one to go back to. */
export function removeOldReleases(site: Site, kept: readonly string[]): string[] {
  const gone = releaseNames(site.host).filter(name => !kept.includes(name));
  for (const name of gone) rmSync(site.host.at(releaseFolder(name)), { recursive: true, force: true });
  return gone;
}

function placeOf({ host, release }: Site): string {
  return host.at(releaseFolder(release.version));
}
