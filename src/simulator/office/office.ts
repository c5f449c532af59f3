import type { AgentState } from '../exchange/agent-board.ts';
import { PROFILES } from '../exchange/agent-board.ts';
import type { Directory } from '../exchange/directory.ts';
import { Random } from '../random.ts';
import type { Story } from '../stories/story.ts';
import { Cast } from './cast.ts';
import { drawScene } from './scenes.ts';

/** Something the office does so many seconds after the day began. */
export type Happening =
  | { at: number; kind: 'call'; story: Story }
  | { at: number; kind: 'agent'; dn: string; changes: Partial<Pick<AgentState, 'queueStatus' | 'profile'>> };

export interface OfficeOptions {
  directory: Directory;
  seed: number;
  /** On average, as a function of the seconds since the day began. */
  callsPerMinute: (at: number) => number;
}

const SECONDS_PER_MINUTE = 60;
/** How often, on average, one person changes profile or queue log-in. */
const AGENT_CHANGE_SECONDS = 2400;
/** With no calls due the day still goes on; it looks again after so long. */
const QUIET_SECONDS = 600;

/**
 * An endless believable day: a pure function of its options, so one seed is always the same day. Who asks for the
 * next happening may say from which second on it is to be, when the last call it was given did not happen.
 */
export function* office({
  directory,
  seed,
  callsPerMinute,
}: OfficeOptions): Generator<Happening, never, number | undefined> {
  const random = new Random(seed);
  const cast = new Cast(directory, random);
  const staff = Math.max(1, directory.extensions.length);
  let nextCall = 0;
  let nextAgent = random.exponential(AGENT_CHANGE_SECONDS / staff);
  for (let number = 1; ; ) {
    if (nextAgent < nextCall) {
      nextCall = (yield agentChange(nextAgent, cast, random)) ?? nextCall;
      nextAgent += random.exponential(AGENT_CHANGE_SECONDS / staff);
      continue;
    }
    const rate = callsPerMinute(nextCall);
    if (rate <= 0) {
      nextCall += QUIET_SECONDS;
      continue;
    }
    const at = toMs(nextCall + random.exponential(SECONDS_PER_MINUTE / rate));
    nextCall = at;
    const { name, scene } = drawScene({ cast, random, at });
    const steps = scene.steps.map(step => ({ ...step, at: toMs(step.at) }));
    cast.book(scene.busy, at + (steps.at(-1)?.at ?? 0) + 1);
    nextCall =
      (yield { at, kind: 'call', story: { name: `call-${number}`, title: name, steps } }) ?? nextCall;
    number += 1;
  }
}

function agentChange(at: number, cast: Cast, random: Random): Happening {
  const dn = random.pick(cast.directory.extensions)?.number ?? '';
  if (random.chance(0.5)) {
    const queueStatus = cast.isLoggedOut(dn) ? 'LoggedIn' : 'LoggedOut';
    cast.noteAgent(dn, queueStatus);
    return { at, kind: 'agent', dn, changes: { queueStatus } };
  }
  return { at, kind: 'agent', dn, changes: { profile: random.pick(PROFILES) ?? 'Available' } };
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
