import { setTimeout as wait } from 'node:timers/promises';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { type Figure, limitFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { median } from '../measure/statistics.ts';
import { type Broadcaster, startPeer, startRelay } from '../servers/broadcaster.ts';
import { pbxOf, Relay } from '../servers/relay.ts';

const CLIENTS = { quick: 2000, full: 10_000 };
/** So many come first, so that what the first clients cost the server itself is not divided by the number of clients. */
const FIRST_CLIENTS = 500;
const SETTLE_MS = 5000;
const KIB = 1024;
const KIB_MAX = 8;
/** Memory varies from start to start less than speed does, and 10,000 clients take their time. */
const ROUNDS_MAX = 3;

const IDLE_SECONDS = { quick: 5, full: 30 };
/** What a start costs is over by then. */
const START_OVER_MS = { quick: 2000, full: 15_000 };
const MB = 1_048_576;
const IDLE_RSS_MAX_MB = 80;
const IDLE_CPU_MAX_PERCENT = 0.5;

export const idleMemoryScenario: Scenario = {
  name: 'idle-memory',
  does: `resident memory of a WebSocket client that is told nothing, with ${CLIENTS.full} of them`,
  files: CLIENTS.full + FIRST_CLIENTS + 500,
  run: compare,
};

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const count = isQuick ? CLIENTS.quick : CLIENTS.full;
  const relay: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < Math.min(rounds, ROUNDS_MAX); round++) {
    relay.push(await bytesPerClient(() => startRelay(), count));
    peer.push(await bytesPerClient(() => startPeer('ws-broadcast'), count));
    say(`relay ${(relay.at(-1) ?? 0).toFixed(0)} bytes, ws ${(peer.at(-1) ?? 0).toFixed(0)} bytes`);
  }
  return [
    limitFigure({
      ...{ what: `${count} idle clients, each`, unit: 'KiB', against: 'ws-broadcast' },
      relay: median(relay) / KIB,
      peer: median(peer) / KIB,
      atMost: KIB_MAX,
    }),
  ];
}

/** In a fresh process each time: memory once taken is seldom given back. */
async function bytesPerClient(start: () => Promise<Broadcaster>, count: number): Promise<number> {
  const server = await start();
  try {
    const first = await server.connect({ count: FIRST_CLIENTS });
    await wait(SETTLE_MS);
    const before = server.process.rssBytes();
    const crowd = await server.connect({ count });
    await wait(SETTLE_MS);
    const after = server.process.rssBytes();
    const faults = crowd.faults();
    if (faults) throw new Error(`Not all clients stayed: ${faults}`);
    first.end();
    crowd.end();
    return (after - before) / count;
  } finally {
    await server.stop();
  }
}

export const idleDaemonScenario: Scenario = {
  name: 'idle-daemon',
  does: 'memory and processor of a daemon beside the simulator, with nobody connected and no calls',
  run: idleDaemon,
};

async function idleDaemon({ isQuick }: Settings): Promise<Figure[]> {
  const seconds = isQuick ? IDLE_SECONDS.quick : IDLE_SECONDS.full;
  const simulator = await startSimulator({ extensions: 50, seed: 3 });
  try {
    const relay = await Relay.start({ pbx: pbxOf(simulator.addresses) });
    try {
      await wait(isQuick ? START_OVER_MS.quick : START_OVER_MS.full);
      const cpu = relay.process.cpuSeconds();
      await wait(seconds * 1000);
      const percent = ((relay.process.cpuSeconds() - cpu) / seconds) * 100;
      const rss = relay.process.rssBytes() / MB;
      return [
        limitFigure({ what: 'idle daemon: memory', unit: 'MB', relay: rss, atMost: IDLE_RSS_MAX_MB }),
        limitFigure({
          what: 'idle daemon: processor',
          unit: '% of a core',
          relay: percent,
          atMost: IDLE_CPU_MAX_PERCENT,
        }),
      ];
    } finally {
      await relay.stop();
    }
  } finally {
    await simulator.stop();
  }
}
