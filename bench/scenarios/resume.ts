import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ClosedLoop } from '../load/flow.ts';
import type { Wave, WaveEnd } from '../load/returning.ts';
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
import { startRelay } from '../servers/broadcaster.ts';
import { windowFor } from './fan-out.ts';

const LIVE = 100;
const RETURNING = 100;
const PER_SECOND = 500;
const ENTRIES = { quick: 2000, full: 10_000 };
const SECONDS = { quick: 2, full: 4 };
const P99_AT_MOST = 2;
const RETURNING_PROGRAM = join(import.meta.dirname, '../load/returning.ts');

export const resumeScenario: Scenario = {
  name: 'resume',
  does: `${RETURNING} clients ask for ${ENTRIES.full} entries at once while ${PER_SECOND} events/s go to ${LIVE} others`,
  run: compare,
};

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const entries = isQuick ? ENTRIES.quick : ENTRIES.full;
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  const server = await startRelay();
  const others = fork(RETURNING_PROGRAM);
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
        const after = (live.listeners[0]?.cursor ?? 0) - entries;
        const { port, relay } = server;
        const wave = await comeBack(others, { port, key: relay.key(), count: RETURNING, after, entries });
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
    others.kill();
    await server.stop();
  }
}

function comeBack(others: ChildProcess, wave: Wave): Promise<WaveEnd> {
  return new Promise((resolve, reject) => {
    const ended = (): void =>
      reject(new Error('The process of the returning clients ended; what it said stands above'));
    others.once('exit', ended);
    others.once('message', (end: WaveEnd) => {
      others.off('exit', ended);
      resolve(end);
    });
    others.send(wave);
  });
}
