import type { Host } from '../../../host/machine/host.ts';
import type { Piece, Site, Thing } from '../../../host/piece.ts';
import { PIECES } from '../../../host/pieces.ts';
import type { GivenOf } from '../../command.ts';
import type { uninstallCommand } from '../../commands/host.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { demandOurs, hostOf, siteThere } from './this-host.ts';

const SCHEMA = 'uninstall/1';
/** Of the folders piece, the one that holds nothing worth keeping. */
const PROGRAM_FOLDER = /^\/opt\/3cx-relay/;

export async function uninstall(
  given: GivenOf<typeof uninstallCommand>,
  host: Host = hostOf(given),
): Promise<Answer> {
  demandOurs(host, { mayBeHidden: true });
  const site = siteThere(host);
  const { going, removed, kept } = sorted(site, given.purge);
  const says =
    removed.length === 0 ? 'Nothing of the relay is here.' : `${removed.map(one => `  ${one}\n`).join('')}`;
  if (given['dry-run']) {
    const text = removed.length === 0 ? says : `${NOT_DONE} this would go: ${removed.join(', ')}.`;
    return planned(SCHEMA, { says: text, wouldChange: removed.length > 0, data: { removed, kept } });
  }
  const data = { dryRun: false, removed, kept };
  if (removed.length === 0) return sentenceAnswer({ schema: SCHEMA, data, says: `Nothing to do. ${says}` });
  await confirm(given, `This goes:\n${says}Remove it?`);
  // The program removes its own files: from here on nothing can be loaded any more.
  for (const piece of going) await piece.takeAway(site);
  const left = kept.length === 0 ? 'Nothing of it is left.' : `Kept: ${kept.join(', ')}.`;
  const notes =
    kept.length === 0 ? [] : ['A new install finds them again; to remove them too: uninstall --purge.'];
  return {
    ...sentenceAnswer({ schema: SCHEMA, data, says: `The relay is removed. ${left}`, notes }),
    rows: () => removed.map(one => [one]),
  };
}

interface Sorted {
  going: Piece[];
  removed: string[];
  kept: string[];
}

function sorted(site: Site, isPurge: boolean): Sorted {
  const going = PIECES.filter(({ isKept }) => isPurge || !isKept).toReversed();
  const all = PIECES.flatMap(piece => piece.things(site).map(thing => ({ piece, thing })));
  const goes = ({ piece, thing }: { piece: Piece; thing: Thing }): boolean =>
    going.includes(piece) || PROGRAM_FOLDER.test(thing.name);
  const isOurs = ({ thing }: { thing: Thing }): boolean => thing.kind !== 'port' && thing.kind !== 'log';
  const named = (list: typeof all): string[] => [
    ...new Set(list.filter(isOurs).map(({ thing }) => thing.name)),
  ];
  return { going, removed: named(all.filter(goes)), kept: named(all.filter(one => !goes(one))) };
}
