import type { Random } from '../random.ts';
import type { Step } from '../stories/story.ts';
import type { Cast } from './cast.ts';
import { drawCustomer } from './customers.ts';

const ROUTED_SECONDS = 0.2;

/** One call as it will happen: its steps, and who cannot take another call meanwhile. */
export interface Scene {
  steps: Step[];
  busy: string[];
}

export interface Stage {
  cast: Cast;
  random: Random;
  /** Seconds since the day began; people who are busy then are not cast. */
  at: number;
}

/** A customer reaches somebody at his own number, or by way of the menu where there is none. */
export function arrival({ cast, random }: Stage, to: string): { steps: Step[]; at: number } {
  const { number, name } = drawCustomer(random);
  const dids = cast.directory.trunks.flatMap(trunk => trunk.dids);
  const own = dids.find(({ target }) => target === to);
  const menu = dids.find(({ target }) => cast.directory.find(target)?.kind === 'ivr');
  const did = (own ?? menu)?.number ?? '';
  const dialIn: Step = { at: 0, do: 'dialIn', call: 'A', from: number, name, did };
  const first: Step = { at: ROUTED_SECONDS, do: 'route', call: 'A', to: own ? to : (menu?.target ?? to) };
  if (own || !menu) return { steps: [dialIn, first], at: ROUTED_SECONDS };
  const at = ROUTED_SECONDS + random.between(3, 12);
  return { steps: [dialIn, first, { at, do: 'route', call: 'A', to }], at };
}

export function ringing(random: Random): number {
  return Math.min(28, Math.max(1, random.logNormal(6, 0.6)));
}

export function talking(random: Random): number {
  return Math.min(3600, Math.max(3, random.logNormal(95, 0.9)));
}
