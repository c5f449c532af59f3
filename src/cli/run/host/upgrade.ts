import { firstLook } from '../../../host/first-look.ts';
import type { Host } from '../../../host/machine/host.ts';
import { must } from '../../../host/machine/running.ts';
import { readMade, writeMade } from '../../../host/made.ts';
import type { Site, Undo } from '../../../host/piece.ts';
import { removeOldReleases } from '../../../host/pieces/release.ts';
import { isActive } from '../../../host/pieces/service.ts';
import { PIECES } from '../../../host/pieces.ts';
import { launcherOf, type ReleaseTree } from '../../../host/release-tree.ts';
import { isToDo, lookAt, settle } from '../../../host/settle.ts';
import { NO_WISH } from '../../../host/wanted-config.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { GivenOf } from '../../command.ts';
import type { upgradeCommand } from '../../commands/host.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { openRelease, type Unpacked } from './packed.ts';
import {
  checkedByRelease,
  demandCurrent,
  demandOurs,
  demandRightConfig,
  hostOf,
  runAgain,
  saying,
  stepRows,
} from './this-host.ts';

type Given = GivenOf<typeof upgradeCommand>;

const SCHEMA = 'upgrade/1';
const UNPROVEN = 'There is no SHA256SUMS beside it, so nothing proves that it is what was released.';

export async function upgrade(given: Given, host: Host = hostOf(given)): Promise<Answer> {
  demandOurs(host);
  const current = demandCurrent(host);
  const opened = await openRelease(given.release, host);
  try {
    return await go(given, { host, current, opened });
  } finally {
    opened.forget();
  }
}

interface Move {
  host: Host;
  current: ReleaseTree;
  opened: Unpacked;
}

async function go(given: Given, { host, current, opened }: Move): Promise<Answer> {
  const { release, isVerified } = opened;
  const site: Site = { host, release, wish: NO_WISH, made: readMade(host) };
  const [from, to] = [current.version, release.version];
  await demandRightConfig(host, release);
  demandRoom(await firstLook(host, site.wish));
  const steps = await lookAt(PIECES, site);
  const wouldChange = steps.some(isToDo);
  const data = { from, to, isVerified, backup: null, steps };
  if (given.check || given['dry-run'] || !wouldChange) {
    if (!wouldChange && !given['dry-run'] && !given.check) {
      const says = `Nothing to do: version ${to} is installed and all is as it should be.`;
      return sentenceAnswer({ schema: SCHEMA, data: { dryRun: false, ...data }, says });
    }
    const says = wouldChange
      ? `Version ${to} fits here. ${NOT_DONE} it would take the place of ${from}.`
      : 'No change.';
    const answer = planned(SCHEMA, {
      says: says.replace('--dry-run', given.check ? '--check' : '--dry-run'),
      wouldChange,
      data,
    });
    return { ...answer, notes: isVerified ? [] : [UNPROVEN] };
  }
  await confirm(given, `Go from version ${from} to ${to}?${isVerified ? '' : ` ${UNPROVEN}`}`);
  const backup = await move(given, { site, current });
  const old = removeOldReleases(site, [from, to]);
  const notes = [
    ...(isVerified ? [] : [UNPROVEN]),
    ...(old.length > 0 ? [`No longer kept: ${old.join(', ')}.`] : []),
    "To go back: '3cx-relay rollback'.",
  ];
  const says = `Version ${to} ${host.isLive ? 'runs' : 'is there'}; ${from} is kept.`;
  const told = sentenceAnswer({ schema: SCHEMA, data: { dryRun: false, ...data, backup }, says, notes });
  return { ...told, rows: () => stepRows(steps) };
}

/** Gives the folder of the backup; null when no daemon was there that could make one. */
async function move(
  given: Given,
  { site, current }: { site: Site; current: ReleaseTree },
): Promise<string | null> {
  const { host, made } = site;
  const wasActive = await isActive(host);
  let backup: string | null = null;
  const secure = async (undos: Undo[]): Promise<void> => {
    await checkedByRelease(site);
    if (!wasActive) return;
    const before = made.backup;
    backup = backupIn(await must(host, launcherOf(current), ['backup', '--json']));
    undos.push(async () => {
      made.backup = before;
      writeMade(host, made);
    });
    made.backup = { folder: backup, from: current.version, to: site.release.version };
    writeMade(host, made);
  };
  await settle({
    pieces: PIECES,
    site,
    onStep: saying(given),
    before: { piece: 'link', work: secure },
    onPutBack: async () => {
      if (wasActive) await runAgain({ ...site, release: current }, backup);
    },
  });
  return backup;
}

function backupIn(output: string): string {
  const document: { data?: { folder?: unknown } } = JSON.parse(output.split('\n')[0] ?? '{}');
  const folder = document.data?.folder;
  if (typeof folder === 'string') return folder;
  throw new CliError('E_HOST', 'The backup before the upgrade did not say where it is.', 'Try again.');
}

/** All else was looked at when it was installed. */
function demandRoom(findings: readonly { name: string; result: string; says: string }[]): void {
  const room = findings.find(({ name, result }) => name === 'room' && result === 'fail');
  if (room !== undefined)
    throw new CliError('E_HOST', `Nothing was changed: ${room.says}.`, 'Make room first.');
}
