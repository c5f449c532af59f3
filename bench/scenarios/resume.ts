import { setTimeout as wait } from 'node:timers/promises';
import { ClosedLoop } from '../load/flow.ts';
import {
  type Figure,
  limitFigure,
  lossFigure,
  ratioFigure,
  type Scenario,
  type Settings,
} from '../measure/figure.ts';
import { measureLatency } from '../measure/latency.ts';
import { median } from '../measure/statistics.ts';
import { type Broadcaster, startRelay } from '../servers/broadcaster.ts';
import { windowFor } from './fan-out.ts';

const LIVE = 100;
const RETURNING = 100;
const PER_SECOND = 500;
const ENTRIES = { quick: 2000, full: 10_000 };
const SECONDS = { quick: 2, full: 4 };
const P99_AT_MOST = 2;
const RESUMED_WITHIN_MS = 120_000;

export const resumeScenario: Scenario = {
  name: 'resume',
  does: `${RETURNING} clients ask for ${ENTRIES.full} entries at once while ${PER_SECOND} events/s go to ${LIVE} others`,
  run: compare,
};

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const entries = isQuick ? ENTRIES.quick : ENTRIES.full;
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  const server = await startRelay();
  try {
    const live = await server.connect({ count: LIVE });
    const from = live.listeners[0]?.cursor ?? 0;
    const loop = new ClosedLoop({ upstream: server.upstream, crowd: live, ...windowFor(LIVE) });
    loop.start();
    while ((live.listeners[0]?.cursor ?? 0) < from + entries) await wait(5);
    await loop.stop();
    const calm: number[] = [];
    const busy: number[] = [];
    const took: number[] = [];
    const faults: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const order = { server, crowd: live, perSecond: PER_SECOND, seconds };
      calm.push((await measureLatency(order)).p99);
      // One wave after the other, so that all of the time that is measured has some of it.
      const waves = new AbortController();
      const resuming = inWaves(waves.signal);
      busy.push((await measureLatency(order)).p99);
      waves.abort();
      await resuming;
      say(
        `p99 ${calm.at(-1)?.toFixed(1)} -> ${busy.at(-1)?.toFixed(1)} ms; a wave took ${took.at(-1)?.toFixed(0)} ms`,
      );
    }

    async function inWaves(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const wave = await resumeAll(server, { after: (live.listeners[0]?.cursor ?? 0) - entries, entries });
        took.push(wave.ms);
        faults.push(wave.faults);
      }
    }
    faults.push(live.faults());
    live.end();
    const what = `${RETURNING} x ${entries} entries`;
    return [
      ratioFigure({
        ...{ what: `${what}: p99 of those who stayed`, unit: 'ms', against: 'without' },
        relay: busy,
        peer: calm,
        atMost: P99_AT_MOST,
      }),
      limitFigure({ what: `${what}: until all had theirs`, unit: 'ms', relay: median(took) }),
      lossFigure(what, faults),
    ];
  } finally {
    await server.stop();
  }
}

async function resumeAll(
  server: Broadcaster,
  { after, entries }: { after: number; entries: number },
): Promise<{ ms: number; faults: string }> {
  const beganAt = performance.now();
  const crowd = await server.connect({ count: RETURNING, after });
  const late = (): number => crowd.listeners.filter(listener => listener.entries < entries).length;
  while (late() > 0 && performance.now() - beganAt < RESUMED_WITHIN_MS) await wait(5);
  const ms = performance.now() - beganAt;
  const faults = [crowd.faults(), late() > 0 ? `${late()} never had all` : ''].filter(Boolean).join(', ');
  crowd.end();
  return { ms, faults };
}
