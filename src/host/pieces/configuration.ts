import { chmodSync, chownSync, rmSync } from 'node:fs';
import { withVariables } from '../env-text.ts';
import { modeOf, statusOf, textOf, writeWhole } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import type { Piece, Site } from '../piece.ts';
import { PLACES } from '../places.ts';
import { ownerOf } from './user.ts';

const MODE = 0o640;

/** `relay.env`, of which only what was asked for is ever changed, and the API secret in a file of its own. */
export const configurationPiece: Piece = {
  name: 'configuration',
  isKept: true,
  what: () => `the configuration ${PLACES.configFile}`,
  look: async site => {
    const { host } = site;
    if (textOf(host.at(PLACES.configFile)) === null) return { state: 'absent' };
    for (const { path, text } of filesOf(site)) {
      if (textOf(host.at(path)) !== text)
        return { state: 'other', why: `${path} does not have what was given` };
      if (!isClosed(host, path)) return { state: 'other', why: `${path} is not 0640 root:3cxrelay` };
    }
    return { state: 'right' };
  },
  put: async (site, undos) => {
    const { host } = site;
    for (const { path, text } of filesOf(site)) {
      const [before, status] = [textOf(host.at(path)), statusOf(host.at(path))];
      undos.push(async () => {
        if (before === null || status === null) return rmSync(host.at(path), { force: true });
        writeWhole(host.at(path), { text: before, mode: modeOf(status) });
        if (host.isLive) chownSync(host.at(path), status.uid, status.gid);
        chmodSync(host.at(path), modeOf(status));
      });
      writeWhole(host.at(path), { text, mode: MODE, owner: ownerOf(host)?.root ?? null });
    }
  },
  takeAway: async ({ host }) => {
    for (const path of [PLACES.configFile, PLACES.secretFile]) rmSync(host.at(path), { force: true });
  },
  things: ({ host }) =>
    [PLACES.configFile, PLACES.secretFile]
      .filter(path => textOf(host.at(path)) !== null)
      .map(path => ({ kind: 'file', name: path, note: 'kept over upgrades; uninstall --purge removes it' })),
};

/** What the two files are to hold; the one with the secret only when it was given or is there. */
function filesOf({ host, wish }: Site): { path: string; text: string }[] {
  const secret = wish.clientSecret ?? textOf(host.at(PLACES.secretFile))?.trim() ?? null;
  const variables = {
    ...wish.variables,
    ...(wish.clientSecret !== null && { CLIENT_SECRET: '', CLIENT_SECRET_FILE: PLACES.secretFile }),
  };
  const text = withVariables(textOf(host.at(PLACES.configFile)), without(variables, host));
  return [
    ...(secret === null ? [] : [{ path: PLACES.secretFile, text: `${secret}\n` }]),
    { path: PLACES.configFile, text },
  ];
}

/** An empty variable switches a line off that is there; a new file need not have it. */
function without(variables: Record<string, string>, host: Host): Record<string, string> {
  const before = textOf(host.at(PLACES.configFile)) ?? '';
  const kept = Object.entries(variables).filter(
    ([name, value]) => value !== '' || new RegExp(`^\\s*${name}\\s*=`, 'm').test(before),
  );
  return Object.fromEntries(kept);
}

function isClosed(host: Host, path: string): boolean {
  const status = statusOf(host.at(path));
  if (status === null || modeOf(status) !== MODE) return false;
  const owner = ownerOf(host)?.root;
  return owner === undefined || (status.uid === owner.uid && status.gid === owner.gid);
}
