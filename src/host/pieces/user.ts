import type { Owner } from '../machine/file-work.ts';
import { textOf } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import { must } from '../machine/running.ts';
import type { Piece } from '../piece.ts';
import { PLACES, USER } from '../places.ts';

/** As whom the service runs. */
export const userPiece: Piece = {
  name: 'user',
  isKept: true,
  what: () => `the user and group ${USER}`,
  look: async ({ host }) => {
    if (!host.isLive) return { state: 'none', why: 'users are made on the machine itself' };
    const [user, group] = [lineOf(host, 'passwd'), lineOf(host, 'group')];
    if (user !== null && group !== null) return { state: 'right' };
    return {
      state: user === null && group === null ? 'absent' : 'other',
      why: 'only one of the two is there',
    };
  },
  put: async ({ host }, undos) => {
    if (lineOf(host, 'group') === null) {
      undos.push(async () => void (await host.run('groupdel', [USER])));
      await must(host, 'groupadd', ['--system', USER]);
    }
    if (lineOf(host, 'passwd') === null) {
      undos.push(async () => void (await host.run('userdel', [USER])));
      const home = ['--no-create-home', '--home-dir', PLACES.state, '--shell', '/usr/sbin/nologin'];
      await must(host, 'useradd', ['--system', '--gid', USER, ...home, USER]);
    }
  },
  takeAway: async ({ host }) => {
    if (!host.isLive) return;
    if (lineOf(host, 'passwd') !== null) await must(host, 'userdel', [USER]);
    // Often gone with its user.
    if (lineOf(host, 'group') !== null) await must(host, 'groupdel', [USER]);
  },
  things: ({ host }) => [
    ...(lineOf(host, 'passwd') === null
      ? []
      : [{ kind: 'user' as const, name: USER, note: 'runs the service; no login, no home' }]),
    ...(lineOf(host, 'group') === null
      ? []
      : [{ kind: 'group' as const, name: USER, note: 'may ask the daemon by its socket' }]),
  ],
};

/** Null while there is none, and in a folder that only looks like a machine. */
export function ownerOf(host: Host): { root: Owner; service: Owner } | null {
  if (!host.isLive) return null;
  const [, , uid, gid] = lineOf(host, 'passwd')?.split(':') ?? [];
  if (uid === undefined || gid === undefined) return null;
  return { root: { uid: host.rootId, gid: Number(gid) }, service: { uid: Number(uid), gid: Number(gid) } };
}

function lineOf(host: Host, file: 'passwd' | 'group'): string | null {
  const lines = textOf(host.at(`/etc/${file}`))?.split('\n') ?? [];
  return lines.find(line => line.startsWith(`${USER}:`)) ?? null;
}
