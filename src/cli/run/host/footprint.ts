import { isPackaged } from '../../../host/first-look.ts';
import type { Host } from '../../../host/machine/host.ts';
import { PIECES } from '../../../host/pieces.ts';
import { currentRelease } from '../../../host/release-tree.ts';
import type { GivenOf } from '../../command.ts';
import type { footprintCommand } from '../../commands/host.ts';
import { type Answer, tableAnswer } from '../../output/answer.ts';
import { hostOf, siteThere } from './this-host.ts';

/** Changes nothing and needs no rights. */
export async function footprint(
  given: GivenOf<typeof footprintCommand>,
  host: Host = hostOf(given),
): Promise<Answer> {
  const site = siteThere(host);
  const things = PIECES.flatMap(piece => piece.things(site));
  const supportSince = site.made.support?.since ?? null;
  return tableAnswer({
    schema: 'footprint/1',
    data: { version: currentRelease(host)?.version ?? null, supportSince, things },
    header: ['KIND', 'NAME', 'NOTE'],
    rows: things.map(({ kind, name, note }) => [kind, name, note]),
    none: 'Nothing of the relay is on this machine.',
    notes: [
      ...(host.isLive && !host.isRoot ? ['What lies in closed folders is shown to root only.'] : []),
      ...(supportSince === null ? [] : [`Support mode is on since ${supportSince}.`]),
      ...(isPackaged(host) ? ["A package is installed: 'dpkg -L 3cx-relay' shows its files."] : []),
    ],
  });
}
