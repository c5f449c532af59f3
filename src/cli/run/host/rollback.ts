import type { Host } from '../../../host/machine/host.ts';
import { readMade } from '../../../host/made.ts';
import type { Site } from '../../../host/piece.ts';
import { isActive } from '../../../host/pieces/service.ts';
import { PIECES } from '../../../host/pieces.ts';
import { PLACES } from '../../../host/places.ts';
import { linkedRelease } from '../../../host/release-tree.ts';
import { lookAt, settle } from '../../../host/settle.ts';
import { NO_WISH } from '../../../host/wanted-config.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import { AppError } from '../../../shared/errors.ts';
import type { GivenOf } from '../../command.ts';
import type { rollbackCommand } from '../../commands/host.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import {
  checkedByRelease,
  demandCurrent,
  demandOurs,
  hostOf,
  restoreBackup,
  runAgain,
  saying,
  stepRows,
} from './this-host.ts';

const SCHEMA = 'rollback/1';

export async function rollback(
  given: GivenOf<typeof rollbackCommand>,
  host: Host = hostOf(given),
): Promise<Answer> {
  demandOurs(host);
  const current = demandCurrent(host);
  const release = linkedRelease(host, PLACES.previous);
  if (release === null) {
    throw new AppError('E_NOT_FOUND', { detail: `No version before ${current.version} is kept here.` });
  }
  const site: Site = { host, release, wish: NO_WISH, made: readMade(host) };
  const [from, to] = [current.version, release.version];
  const backup = given.restore ? demandBackup(site, from) : null;
  const steps = await lookAt(PIECES, site);
  const data = { from, to, steps };
  const withData = backup === null ? '' : `, with the files of ${backup}: what came since is lost`;
  if (given['dry-run']) {
    const says = `${NOT_DONE} version ${to} would run again instead of ${from}${withData}.`;
    return planned(SCHEMA, { says, wouldChange: true, data });
  }
  await confirm(given, `Go back from version ${from} to ${to}${withData}?`);
  const wasActive = await isActive(host);
  const before = async (): Promise<void> => {
    await checkedByRelease(site);
    if (backup !== null && host.isLive) await restoreBackup(site, backup);
  };
  await settle({
    pieces: PIECES,
    site,
    onStep: saying(given),
    before: { piece: 'link', work: before },
    onPutBack: async () => {
      if (wasActive) await runAgain({ ...site, release: current }, null);
    },
  });
  const says = `Version ${to} ${host.isLive ? 'runs again' : 'is there again'}; ${from} is kept.`;
  const told = sentenceAnswer({ schema: SCHEMA, data: { dryRun: false, ...data }, says });
  return { ...told, rows: () => stepRows(steps) };
}

function demandBackup({ made, release }: Site, from: string): string {
  const { backup } = made;
  if (backup !== null && backup.to === from && backup.from === release.version) return backup.folder;
  throw new CliError(
    'E_HOST',
    `No backup was made before the upgrade from ${release.version} to ${from}.`,
    "Without --restore the files stay as they are; '3cx-relay restore' takes any other backup.",
  );
}
