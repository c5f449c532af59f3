import { type Finding, firstLook } from '../../../host/first-look.ts';
import type { Host } from '../../../host/machine/host.ts';
import { readMade } from '../../../host/made.ts';
import type { Site } from '../../../host/piece.ts';
import { removeOldReleases } from '../../../host/pieces/release.ts';
import { isActive, servicePiece } from '../../../host/pieces/service.ts';
import { snippetFor } from '../../../host/pieces/snippet.ts';
import { PIECES } from '../../../host/pieces.ts';
import { PLACES } from '../../../host/places.ts';
import { currentRelease, linkedRelease, ownTree, readRelease } from '../../../host/release-tree.ts';
import { isToDo, lookAt, type Step, settle } from '../../../host/settle.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import type { GivenOf } from '../../command.ts';
import type { installCommand } from '../../commands/host.ts';
import type { Answer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE } from '../../output/plan.ts';
import { type FirstAdmin, makeFirstAdmin } from './first-admin.ts';
import {
  checkedByRelease,
  demandCurrent,
  demandOurs,
  hostOf,
  saying,
  stepLines,
  stepRows,
} from './this-host.ts';
import { wishOf } from './wish.ts';

type Given = GivenOf<typeof installCommand>;

interface Overrides {
  host: Host;
  makeAdmin: typeof makeFirstAdmin;
}

export async function install(given: Given, overrides: Partial<Overrides> = {}): Promise<Answer> {
  const { host = hostOf(given), makeAdmin = makeFirstAdmin } = overrides;
  demandOurs(host);
  const release = given.repair ? demandCurrent(host) : readRelease(given.from ?? ownTree());
  const installed = currentRelease(host);
  if (installed !== null && installed.version !== release.version)
    throw isUpgrade(installed.version, release);
  const site: Site = { host, release, wish: await wishOf(given, host), made: readMade(host) };
  const checks = await firstLook(host, site.wish);
  const steps = await lookAt(PIECES, site);
  const isPlan = given['dry-run'];
  const isNothing = !steps.some(isToDo);
  if (!isPlan) demandFitting(checks);
  if (isPlan || isNothing) return told({ site, checks, steps, isPlan, admin: null });
  await confirm(given, `To do:\n${stepLines(steps)}Do this?`);
  let admin: FirstAdmin | null = null;
  await putAll(given, site, async () => {
    if (await isActive(host)) admin = await makeAdmin(given);
  });
  return told({ site, checks, steps, isPlan, admin });
}

async function putAll(given: Given, site: Site, finish: () => Promise<void>): Promise<void> {
  const { host, release } = site;
  const wasActive = await isActive(host);
  await settle({
    pieces: PIECES,
    site,
    onStep: saying(given),
    finish,
    before: { piece: 'link', work: () => checkedByRelease(site) },
    onPutBack: async () => {
      const before = currentRelease(host);
      if (wasActive && before !== null) await servicePiece.put({ ...site, release: before }, []);
    },
  });
  const previous = linkedRelease(host, PLACES.previous)?.version ?? release.version;
  removeOldReleases(site, [release.version, previous]);
}

function demandFitting(checks: readonly Finding[]): void {
  const wrong = checks.filter(({ result }) => result === 'fail');
  if (wrong.length === 0) return;
  const says = wrong.map(one => `${one.name}: ${one.says}`).join('; ');
  throw new CliError('E_HOST', 'Nothing was changed: this machine is not as it must be.', `${says}.`);
}

function isUpgrade(version: string, release: { folder: string }): CliError {
  return new CliError(
    'E_USAGE',
    `Version ${version} is installed here.`,
    `To go to another one: 3cx-relay upgrade ${release.folder}`,
  );
}

interface Told {
  site: Site;
  checks: Finding[];
  steps: Step[];
  isPlan: boolean;
  admin: FirstAdmin | null;
}

function told({ site, checks, steps, isPlan, admin }: Told): Answer {
  const { version } = site.release;
  const wouldChange = steps.some(isToDo);
  const isOffBox = steps.some(({ piece, state }) => piece === 'snippet' && state === 'none');
  const snippet = isOffBox ? snippetFor(site) : null;
  const data = { dryRun: isPlan, ...(isPlan && { wouldChange }), version, checks, steps, admin, snippet };
  const plan = `${NOT_DONE} this would be done:\n`;
  return {
    schema: 'install/1',
    data,
    rows: () => stepRows(steps),
    text: style => {
      if (!wouldChange) return `Nothing to do: version ${version} is installed and all is as it should be.\n`;
      const list = `${checkLines(checks)}${isPlan ? plan : `Version ${version} is installed:\n`}${stepLines(steps)}`;
      return `${list}${admin === null ? '' : style.good(adminText(admin))}`;
    },
    notes: isOffBox && wouldChange ? [offBoxNote()] : [],
    ...(isPlan && wouldChange && { exit: EXIT.found }),
  };
}

function checkLines(checks: readonly Finding[]): string {
  return checks.map(({ name, result, says }) => `${result.padEnd(7)}  ${name.padEnd(8)}  ${says}\n`).join('');
}

function adminText({ name, password }: FirstAdmin): string {
  if (password === null) return `The first admin is ${name}, with the password given.\n`;
  return `The first admin is ${name}, the password ${password} (shown only now).\n`;
}

function offBoxNote(): string {
  const where = `${PLACES.current}/packaging/nginx/60-3cx-relay.conf`;
  return `There is no 3CX web server here: to let programs in, include ${where} in a server block with TLS.`;
}
