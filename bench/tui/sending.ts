import { setTimeout as wait } from 'node:timers/promises';
import { type Figure, limitFigure, type Settings } from '../measure/figure.ts';
import { rssBytesOf } from '../servers/process-cost.ts';
import type { Rig } from './rig.ts';

const MB = 1_048_576;
const UPDATE_MAX_BYTES = 2500;
const CPU_MAX_PERCENT = 10;
const RSS_MAX_MB = 120;
const UPDATES_PER_SECOND = 4;
const STILL_MS = { quick: 3000, full: 10_000 };
const BUSY_MS = { quick: 5000, full: 20_000 };
/** How long the dashboard has run when its memory is looked at. */
const OLD_MS = { quick: 0, full: 60_000 };
const STILL_SCREENS = {
  Calls: '2',
  Events: '3',
  Errors: '4',
  Keys: '5',
  Clients: '6',
  Users: '7',
  Audit: '8',
};
const BUSY_SCREENS = {
  Overview: '1',
  Calls: '2',
  Events: '3',
  Errors: '4',
  Keys: '5',
  Clients: '6',
  Logs: '9',
};

/** Nobody calls, so nothing is new; on the overview connections are probed, and that is news. */
export async function measureStillness(rig: Rig, { isQuick, say }: Settings): Promise<Figure[]> {
  const ms = isQuick ? STILL_MS.quick : STILL_MS.full;
  const screen = await rig.opened();
  try {
    let bytes = 0;
    for (const [name, key] of Object.entries(STILL_SCREENS)) {
      await screen.goTo(key);
      const sent = await screen.sentWithin(ms);
      bytes += sent.bytes;
      say(`${name}: ${sent.bytes} bytes in ${ms / 1000} s`);
    }
    await screen.goTo('1');
    const overview = await screen.sentWithin(ms);
    const what = `nothing changes, ${Object.keys(STILL_SCREENS).length} screens, ${ms / 1000} s each`;
    return [
      limitFigure({ what, unit: 'bytes', relay: bytes, atMost: 0 }),
      ...perSecond('nobody calls, Overview (probes every 5 s)', overview),
      limitFigure({ what: 'nobody calls: processor', unit: '% of a core', relay: overview.cpu }),
    ];
  } finally {
    await screen.close();
  }
}

function perSecond(what: string, { bytes, seconds }: { bytes: number; seconds: number }): Figure[] {
  return [limitFigure({ what, unit: 'bytes/s', relay: bytes / seconds })];
}

/** More happens than the four frames a second can tell: each of them has something to draw. */
export async function measureUpdates(rig: Rig, { isQuick, say }: Settings): Promise<Figure[]> {
  const ms = isQuick ? BUSY_MS.quick : BUSY_MS.full;
  const screen = await rig.opened();
  const figures: Figure[] = [];
  const cpus: Figure[] = [];
  try {
    for (const [name, key] of Object.entries(BUSY_SCREENS)) {
      await screen.goTo(key);
      const sent = await screen.sentWithin(ms);
      const { bytes, frames, seconds, cpu } = sent;
      say(`${name}: ${frames} frames, ${bytes} bytes, ${cpu.toFixed(1)} % in ${seconds.toFixed(1)} s`);
      figures.push(
        limitFigure({
          ...{ what: `update at ${UPDATES_PER_SECOND}/s, 120x40, ${name}`, unit: 'bytes' },
          ...{ relay: bytes / Math.max(1, frames), atMost: UPDATE_MAX_BYTES },
        }),
      );
      const what = `${UPDATES_PER_SECOND} updates/s, ${name}: processor`;
      cpus.push(limitFigure({ what, unit: '% of a core', relay: cpu, atMost: CPU_MAX_PERCENT }));
    }
    await wait(isQuick ? OLD_MS.quick : OLD_MS.full);
    const rss = rssBytesOf(screen.pid) / MB;
    return [...figures, ...cpus, limitFigure({ what: 'memory', unit: 'MB', relay: rss, atMost: RSS_MAX_MB })];
  } finally {
    await screen.close();
  }
}
