import { setTimeout as wait } from 'node:timers/promises';
import type { Crowd } from '../load/crowd.ts';
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
import { type RelayBroadcaster, startRelay } from '../servers/broadcaster.ts';
import { windowFor } from './fan-out.ts';

interface Mixture {
  clients: number;
  stalled: number;
}

const PER_SECOND = 100;
const SECONDS = { quick: 2, full: 5 };
/** More than the kernel holds for a loopback connection whose reader has stopped, so that the relay feels it. */
const FLOOD_BYTES = 6 * 1_048_576;
const EVENT_BYTES = 700;
const P99_AT_MOST = 1.2;
const MB_PER_100_AT_MOST = 8;
const MB = 1_048_576;
/** Who takes nothing for so long is cut, and is then no load any more. */
const CUT_AFTER_MS = 30_000;
const SETTLE_MS = 1000;
/** Memory first grows to what floods take by themselves: the third still adds 4 to 8 MB when nobody is stalled. */
const FLOODS_FIRST = 4;
/** Each round costs every client five floods. */
const ROUNDS_MAX = 3;

export const slowClientScenarios: Scenario[] = [
  stalledAmong({ clients: 50, stalled: 1 }),
  stalledAmong({ clients: 1000, stalled: 200 }),
];

function stalledAmong({ clients, stalled }: Mixture): Scenario {
  return {
    name: `stalled-${stalled}`,
    does: `${stalled} clients that take nothing any more, among ${clients}: what the others and memory feel of it`,
    files: clients + 500,
    run: settings => compare(settings, { clients, stalled }),
  };
}

async function compare({ isQuick, rounds, say }: Settings, mixture: Mixture): Promise<Figure[]> {
  const { clients, stalled } = mixture;
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  const before: number[] = [];
  const during: number[] = [];
  const growth: number[] = [];
  const faults: string[] = [];
  let stalledMs = 0;
  for (let round = 0; round < Math.min(rounds, ROUNDS_MAX); round++) {
    // Afresh each time: a stalled client is cut after a while and then proves nothing.
    const server = await startRelay();
    try {
      const others = await server.connect({ count: clients - stalled });
      const sleepers = await server.connect({ count: stalled });
      for (let count = 0; count < FLOODS_FIRST; count++) await flood(server, others);
      before.push(await p99(server, others, seconds));
      const rss = server.process.rssBytes();
      for (const sleeper of sleepers.listeners) sleeper.stall();
      const stalledAt = performance.now();
      await flood(server, others);
      growth.push((server.process.rssBytes() - rss) / MB);
      during.push(await p99(server, others, seconds));
      stalledMs = Math.max(stalledMs, performance.now() - stalledAt);
      faults.push(others.faults());
      say(
        `p99 ${before.at(-1)?.toFixed(1)} -> ${during.at(-1)?.toFixed(1)} ms, memory +${growth.at(-1)?.toFixed(1)} MB`,
      );
      others.end();
      sleepers.end();
    } finally {
      await server.stop();
    }
  }
  const what = `${stalled} stalled among ${clients}`;
  return [
    ratioFigure({
      ...{ what: `${what}: p99 of the others`, unit: 'ms', against: 'without' },
      relay: during,
      peer: before,
      atMost: P99_AT_MOST,
      ...(stalledMs > CUT_AFTER_MS && {
        note: `took ${Math.round(stalledMs / 1000)} s: some were cut meanwhile`,
      }),
    }),
    limitFigure({
      what: `${what}: memory grows`,
      unit: 'MB',
      relay: median(growth),
      // One stalled client is held to the measure of a hundred: less is not to be told apart from noise.
      atMost: (MB_PER_100_AT_MOST * Math.max(100, stalled)) / 100,
    }),
    lossFigure(what, faults),
  ];
}

async function p99(server: RelayBroadcaster, crowd: Crowd, seconds: number): Promise<number> {
  return (await measureLatency({ server, crowd, perSecond: PER_SECOND, seconds })).p99;
}

/** As fast as those who read can take it. */
async function flood(server: RelayBroadcaster, crowd: Crowd): Promise<void> {
  const shape = windowFor(crowd.listeners.length);
  const target = crowd.events + (FLOOD_BYTES / EVENT_BYTES) * crowd.listeners.length;
  const loop = new ClosedLoop({ upstream: server.upstream, crowd, ...shape });
  loop.start();
  while (crowd.events < target) await wait(20);
  await loop.stop();
  await wait(SETTLE_MS);
}
