import type { Random } from '../random.ts';
import type { Step } from '../stories/story.ts';
import type { Cast } from './cast.ts';
import { drawCustomer } from './customers.ts';

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

export function arrival({ cast, random }: Stage, to: string): Step[] {
  const { number, name } = drawCustomer(random);
  const dids = cast.directory.trunks.flatMap(trunk => trunk.dids);
  const did = dids.find(candidate => candidate.target === to) ?? dids[0];
  return [
    { at: 0, do: 'dialIn', call: 'A', from: number, name, did: did?.number ?? '' },
    { at: 0.2, do: 'route', call: 'A', to },
  ];
}

export function ringing(random: Random): number {
  return Math.min(28, Math.max(1, random.logNormal(6, 0.6)));
}

export function talking(random: Random): number {
  return Math.min(3600, Math.max(3, random.logNormal(95, 0.9)));
}
