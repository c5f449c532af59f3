import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { modeOf, type Owner, statusOf } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import type { Piece } from '../piece.ts';
import { PLACES } from '../places.ts';
import { ownerOf } from './user.ts';

interface Folder {
  path: string;
  mode: number;
  /** Root's otherwise. */
  of?: 'root' | 'service';
  note: string;
}

const FOLDERS: readonly Folder[] = [
  { path: PLACES.home, mode: 0o755, note: 'the program; uninstall removes it' },
  { path: PLACES.releases, mode: 0o755, note: 'this version and the one before' },
  { path: PLACES.config, mode: 0o750, of: 'root', note: 'settings; uninstall --purge removes it' },
  {
    path: PLACES.state,
    mode: 0o700,
    of: 'service',
    note: 'keys, log, backups; uninstall --purge removes it',
  },
];

export const foldersPiece: Piece = {
  name: 'folders',
  isKept: true,
  what: () => 'our folders in /opt, /etc and /var/lib',
  look: async ({ host }) => {
    const wrong = FOLDERS.flatMap(folder => faultOf(host, folder));
    const [why] = wrong;
    if (why === undefined) return { state: 'right' };
    const isNone = FOLDERS.every(({ path }) => statusOf(host.at(path)) === null);
    return isNone ? { state: 'absent' } : { state: 'other', why };
  },
  put: async ({ host }, undos) => {
    const before = FOLDERS.map(({ path }) => ({ path: host.at(path), status: statusOf(host.at(path)) }));
    undos.push(async () => {
      for (const { path, status } of before.toReversed()) {
        // What stands in one of them by now was made by the daemon that is not to stay.
        if (status === null) rmSync(path, { recursive: true, force: true });
        else {
          chmodSync(path, modeOf(status));
          if (host.isLive) chownSync(path, status.uid, status.gid);
        }
      }
    });
    for (const folder of FOLDERS) {
      const path = host.at(folder.path);
      mkdirSync(path, { recursive: true });
      chmodSync(path, folder.mode);
      const owner = ownerFor(host, folder);
      if (owner !== null) chownSync(path, owner.uid, owner.gid);
    }
  },
  takeAway: async ({ host }) => {
    for (const { path } of FOLDERS.toReversed()) rmSync(host.at(path), { recursive: true, force: true });
  },
  things: ({ host }) =>
    FOLDERS.filter(({ path }) => statusOf(host.at(path)) !== null).map(({ path, note }) => ({
      kind: 'folder',
      name: path,
      note,
    })),
};

function faultOf(host: Host, folder: Folder): string[] {
  const { path, mode } = folder;
  const status = statusOf(host.at(path));
  if (status === null) return [`${path} is not there`];
  if (!status.isDirectory()) return [`${path} is no folder`];
  if (modeOf(status) !== mode) return [`${path} has the mode 0${modeOf(status).toString(8)}`];
  const owner = ownerFor(host, folder);
  const isOwned = owner === null || (status.uid === owner.uid && status.gid === owner.gid);
  return isOwned ? [] : [`${path} belongs to somebody else`];
}

function ownerFor(host: Host, { of }: Folder): Owner | null {
  return of === undefined ? null : (ownerOf(host)?.[of] ?? null);
}
