import { setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Crowd } from './crowd.ts';

/** Clients that all have the log up to `after` and want so many entries more. */
export interface Wave {
  port: number;
  key: string;
  count: number;
  after: number;
  entries: number;
}

export interface WaveEnd {
  ms: number;
  faults: string;
}

const RESUMED_WITHIN_MS = 120_000;
/** Whoever takes the time of the live clients shares the core, and comes first. */
const BEHIND_THE_METER = 10;

// A process of its own: reading hundreds of megabytes would make the process late that takes the time.
setPriority(BEHIND_THE_METER);
process.on('message', (wave: Wave) => void comeBack(wave).then(end => process.send?.(end)));
process.once('disconnect', () => process.exit());

async function comeBack({ port, key, count, after, entries }: Wave): Promise<WaveEnd> {
  const beganAt = performance.now();
  const crowd = await Crowd.connect(count, () => ({ port, key, after, path: '/relay/ws' }));
  const late = (): number => crowd.listeners.filter(listener => listener.entries < entries).length;
  while (late() > 0 && performance.now() - beganAt < RESUMED_WITHIN_MS) await wait(5);
  const ms = performance.now() - beganAt;
  const faults = [crowd.faults(), late() > 0 ? `${late()} never had all` : ''].filter(Boolean).join(', ');
  crowd.end();
  return { ms, faults };
}
