import { dnOf, LEGS } from '../load/frames.ts';
import type { Settings } from '../measure/figure.ts';
import { measureLatency } from '../measure/latency.ts';
import { type LoopShape, measureLoop } from '../measure/throughput.ts';
import { windowFor } from '../scenarios/fan-out.ts';
import { startRelay } from '../servers/broadcaster.ts';
import type { Curve } from './curve.ts';

const CLIENTS = [100, 300, 1000, 3000, 5000, 10_000];
const RATES = [10, 100, 500, 1000, 2000];
const RATE_CLIENTS = 100;
const FILTERS = [1, 5, 20, 100, 500];
const FILTER_CLIENTS = 1000;
const LEGS_PER_FILTER = 2;
const SECONDS = { quick: 1, full: 5 };
const MICROSECONDS = 1_000_000;
const MB = 1_048_576;

const secondsOf = ({ isQuick }: Settings): number => (isQuick ? SECONDS.quick : SECONDS.full);

export const clientsCurve: Curve = {
  name: 'clients',
  title: 'Clients (closed loop, no filter)',
  headings: ['clients', 'deliveries/CPU s', 'events/CPU s', 'CPU µs/event', 'RSS MB'],
  files: 11_000,
  measure: async settings => {
    const rows: number[][] = [];
    for (const count of settings.isQuick ? CLIENTS.slice(0, 3) : CLIENTS)
      rows.push([count, ...(await loop(settings, { count, shape: windowFor(count) }))]);
    return rows;
  },
};

export const filtersCurve: Curve = {
  name: 'filters',
  title: `Different filters (closed loop, ${FILTER_CLIENTS} clients, each is told ${LEGS_PER_FILTER} of ${LEGS} events)`,
  headings: ['filters', 'deliveries/CPU s', 'events/CPU s', 'CPU µs/event', 'RSS MB'],
  files: 2000,
  measure: async settings => {
    const rows: number[][] = [];
    const share = LEGS_PER_FILTER / LEGS;
    const batch = LEGS * Math.ceil(windowFor(FILTER_CLIENTS * share).batch / LEGS);
    const shape = { batch, inFlight: 2, perClient: batch * share };
    for (const filters of FILTERS) {
      const queryOf = (index: number): string => `dns=${pairOf(index % filters)}`;
      rows.push([filters, ...(await loop(settings, { count: FILTER_CLIENTS, shape, queryOf }))]);
    }
    return rows;
  },
};

export const ratesCurve: Curve = {
  name: 'rates',
  title: `Events a second (${RATE_CLIENTS} clients)`,
  headings: ['events/s', 'CPU %', 'p50 ms', 'p99 ms'],
  files: 1000,
  measure: async settings => {
    const server = await startRelay();
    try {
      const crowd = await server.connect({ count: RATE_CLIENTS });
      const rows: number[][] = [];
      for (const perSecond of RATES) {
        const cpu = server.process.cpuSeconds();
        const beganAt = performance.now();
        const { p50, p99 } = await measureLatency({ server, crowd, perSecond, seconds: secondsOf(settings) });
        const busy = (server.process.cpuSeconds() - cpu) / ((performance.now() - beganAt) / 1000);
        rows.push([perSecond, busy * 100, p50, p99]);
      }
      crowd.end();
      return rows;
    } finally {
      await server.stop();
    }
  },
};

interface LoopOrder {
  count: number;
  shape: LoopShape;
  queryOf?: (index: number) => string;
}

async function loop(settings: Settings, { count, shape, queryOf }: LoopOrder): Promise<number[]> {
  const server = await startRelay();
  try {
    const crowd = await server.connect({ count, ...(queryOf && { queryOf }) });
    settings.say(`${count} clients`);
    const rate = await measureLoop({ server, crowd }, { shape, seconds: secondsOf(settings) });
    const faults = crowd.faults();
    if (faults) throw new Error(`Loss with ${count} clients: ${faults}`);
    const rss = server.process.rssBytes() / MB;
    crowd.end();
    const eventsPerCpuSecond = rate.eventsPerSecond / rate.cpuShare;
    return [rate.perCpuSecond, eventsPerCpuSecond, MICROSECONDS / eventsPerCpuSecond, rss];
  } finally {
    await server.stop();
  }
}

/** Another pair of legs for each filter. */
function pairOf(filter: number): string {
  const first = filter % LEGS;
  return `${dnOf(first)},${dnOf(first + 1 + Math.floor(filter / LEGS))}`;
}
