import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders, textOf, writeWhole } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import { must } from '../machine/running.ts';
import type { Piece, Site } from '../piece.ts';
import { PLACES, SERVICE } from '../places.ts';

const DROP_INS = `${PLACES.unit}.d`;

/** What systemd is told of the service. Settings of one machine go into a drop-in, which stays as it is. */
export const unitPiece: Piece = {
  name: 'unit',
  isSeen: true,
  what: () => `the systemd unit ${SERVICE}`,
  look: async site => {
    const there = textOf(site.host.at(PLACES.unit));
    if (there === null) return { state: 'absent' };
    return there === shipped(site)
      ? { state: 'right' }
      : { state: 'other', why: `${PLACES.unit} is another` };
  },
  put: async (site, undos) => {
    const { host } = site;
    const before = textOf(host.at(PLACES.unit));
    undos.push(async () => {
      if (before === null) rmSync(host.at(PLACES.unit), { force: true });
      else writeWhole(host.at(PLACES.unit), { text: before, mode: 0o644 });
      await readAgain(host);
    });
    // Always there where systemd runs, not always in the folder of an image.
    makeFolders(dirname(host.at(PLACES.unit)));
    writeWhole(host.at(PLACES.unit), { text: shipped(site), mode: 0o644 });
    await readAgain(host);
  },
  takeAway: async ({ host }) => {
    if (textOf(host.at(PLACES.unit)) === null) return;
    rmSync(host.at(PLACES.unit), { force: true });
    await readAgain(host);
    // Otherwise systemd remembers how the last run ended.
    if (host.isLive) await host.run('systemctl', ['reset-failed', SERVICE]);
  },
  things: ({ host }) => {
    if (textOf(host.at(PLACES.unit)) === null) return [];
    return [
      { kind: 'unit', name: PLACES.unit, note: 'what systemd knows of the service' },
      { kind: 'file', name: DROP_INS, note: 'yours, if you made any: the relay never touches it' },
    ];
  },
};

function shipped({ release }: Site): string {
  return textOf(join(release.folder, 'packaging/3cx-relay.service')) ?? '';
}

async function readAgain(host: Host): Promise<void> {
  if (host.isLive) await must(host, 'systemctl', ['daemon-reload']);
}
