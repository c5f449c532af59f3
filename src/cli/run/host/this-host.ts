import { isPackaged } from '../../../host/first-look.ts';
import { type Host, hostAt } from '../../../host/machine/host.ts';
import { must } from '../../../host/machine/running.ts';
import { readMade } from '../../../host/made.ts';
import type { Site } from '../../../host/piece.ts';
import { servicePiece } from '../../../host/pieces/service.ts';
import { PLACES, releaseFolder, SERVICE } from '../../../host/places.ts';
import { currentRelease, launcherOf, ownTree, type ReleaseTree } from '../../../host/release-tree.ts';
import { isToDo, type Step } from '../../../host/settle.ts';
import { NO_WISH } from '../../../host/wanted-config.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Common } from '../../command.ts';
import { note } from '../../output/print.ts';

export function hostOf({ root }: { root: string | undefined }): Host {
  return hostAt(root ?? '/');
}

/** Throws when this relay is not ours to move: packaged, hidden, or without the rights. */
export function demandOurs(host: Host, { mayBeHidden = false } = {}): void {
  if (isPackaged(host)) {
    const hint =
      "It came as a Debian package: use apt ('apt install ./3cx-relay_….deb', 'apt purge 3cx-relay').";
    throw new CliError('E_HOST', 'This relay is kept by apt.', hint);
  }
  if (host.isLive && !host.isRoot)
    throw new CliError('E_HOST', 'This changes the machine and needs root.', "Try it with 'sudo'.");
  if (mayBeHidden || readMade(host).support === null) return;
  const detail = "Support mode is on. First '/opt/3cx-relay/current/bin/3cx-relay support-mode off'.";
  throw new AppError('E_CONFLICT', { detail });
}

/** What is installed; throws when nothing is. */
export function demandCurrent(host: Host): ReleaseTree {
  const release = currentRelease(host);
  if (release !== null) return release;
  throw new AppError('E_NOT_FOUND', {
    detail: `No relay is installed here (${host.at('/opt/3cx-relay/current')}). './install.sh' of a release does that.`,
  });
}

/** For looking and taking away: what is there, however little that is. */
export function siteThere(host: Host): Site {
  const release = currentRelease(host) ?? { folder: ownTree(), version: '?' };
  return { host, release, wish: NO_WISH, made: readMade(host) };
}

/** The old version again, as it ran; with the files of then when it cannot read those of now. */
export async function runAgain(site: Site, backup: string | null): Promise<void> {
  try {
    await servicePiece.put(site, []);
  } catch (error) {
    if (backup === null) throw error;
    await restoreBackup(site, backup);
    await servicePiece.put(site, []);
  }
}

export async function restoreBackup({ host, release }: Site, backup: string): Promise<void> {
  await host.run('systemctl', ['stop', SERVICE]);
  await must(host, launcherOf(release), ['restore', backup, '--yes', '--json']);
}

export function saying(given: Common): (step: Step) => void {
  return ({ what, state }) => {
    if (!given.json) note(given, `${state === 'absent' ? 'Putting' : 'Mending'} ${what} ...`);
  };
}

/** What there is to do, a line each. */
export function stepLines(steps: readonly Step[]): string {
  return steps
    .filter(isToDo)
    .map(({ what, why, state }) => `  ${what}${state === 'other' && why !== null ? ` (${why})` : ''}\n`)
    .join('');
}

export function stepRows(steps: readonly Step[]): (string | null)[][] {
  return steps.map(({ piece, state, what, why }) => [piece, state, what, why]);
}

/** Once the new version is there and before it is the one: the configuration, by its own rules. */
export async function checkedByRelease({ host, release }: Site): Promise<void> {
  const there = { ...release, folder: host.at(releaseFolder(release.version)) };
  await demandRightConfig(host, there);
}

export async function demandRightConfig(host: Host, release: ReleaseTree): Promise<void> {
  if (!host.isLive) return;
  const { code, output } = await host.run(launcherOf(release), [
    'config',
    'check',
    '--file',
    PLACES.configFile,
  ]);
  if (code === 0) return;
  throw new CliError(
    'E_HOST',
    `Version ${release.version} does not start with this configuration: ${output}`,
    `Correct ${PLACES.configFile}, then try again.`,
  );
}
