import { rmSync } from 'node:fs';
import { writeWhole } from '../../../host/machine/file-work.ts';
import type { Host } from '../../../host/machine/host.ts';
import { writeMade } from '../../../host/made.ts';
import type { Site } from '../../../host/piece.ts';
import { isActive } from '../../../host/pieces/service.ts';
import { PIECES } from '../../../host/pieces.ts';
import { PLACES } from '../../../host/places.ts';
import { lookAt, type Step, settle } from '../../../host/settle.ts';
import type { GivenOf } from '../../command.ts';
import type { supportModeCommand } from '../../commands/host.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { demandCurrent, demandOurs, hostOf, saying, siteThere, stepRows } from './this-host.ts';

type Given = GivenOf<typeof supportModeCommand>;

const SCHEMA = 'support-mode/1';
const OFF = `${PLACES.current}/bin/3cx-relay support-mode off`;
const SEEN = PIECES.filter(({ isSeen }) => isSeen);

export async function supportMode(given: Given, host: Host = hostOf(given)): Promise<Answer> {
  demandOurs(host, { mayBeHidden: true });
  demandCurrent(host);
  const site = siteThere(host);
  const isOn = given.what === 'on';
  const isNothing = isOn === (site.made.support !== null);
  const steps = await lookAt(SEEN, site);
  const note = isOn ? PLACES.supportNote : null;
  const data = { isOn, note, steps };
  if (given['dry-run']) {
    const says = isNothing
      ? `Support mode is ${given.what} already.`
      : `${NOT_DONE} support mode would be ${given.what}.`;
    return planned(SCHEMA, { says, wouldChange: !isNothing, data });
  }
  if (isNothing) {
    const says = `Nothing to do: support mode is ${given.what}.`;
    return sentenceAnswer({ schema: SCHEMA, data: { dryRun: false, ...data }, says });
  }
  if (isOn) await hide(given, site);
  else await show(given, site);
  return told(data, isOn);
}

function told(data: { isOn: boolean; note: string | null; steps: Step[] }, isOn: boolean): Answer {
  const says = isOn
    ? `Nothing is seen of the relay; its data are as they were.`
    : 'The relay is back as it was.';
  const notes = isOn ? [`It comes back with: ${OFF}`, `That stands in ${PLACES.supportNote} too.`] : [];
  const answer = sentenceAnswer({ schema: SCHEMA, data: { dryRun: false, ...data }, says, notes });
  return { ...answer, rows: () => stepRows(data.steps) };
}

async function hide(given: Given, site: Site): Promise<void> {
  const { host, made } = site;
  await confirm(given, 'Stop the relay, and take away its service, nginx snippet and command?');
  const since = new Date().toISOString();
  made.support = { since, wasRunning: await isActive(host) };
  writeMade(host, made);
  for (const piece of SEEN.toReversed()) await piece.takeAway(site);
  const text = `Since ${since} the relay is in support mode: nothing of it runs. It comes back with:\n\n  ${OFF}\n`;
  writeWhole(host.at(PLACES.supportNote), { text, mode: 0o644 });
}

async function show(given: Given, site: Site): Promise<void> {
  const { host, made } = site;
  const isStarted = made.support?.wasRunning ?? true;
  await settle({
    pieces: PIECES,
    site: { ...site, wish: { ...site.wish, isStarted } },
    onStep: saying(given),
  });
  made.support = null;
  writeMade(host, made);
  rmSync(host.at(PLACES.supportNote), { force: true });
}
