import { dnOf, LEGS } from '../load/frames.ts';
import { type Figure, lossFigure, ratioFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { type LoopShape, measureInTurn, type Rate } from '../measure/throughput.ts';
import { type Broadcaster, startPeer, startRelay } from '../servers/broadcaster.ts';

interface FanOut {
  clients: number;
  shape: LoopShape;
  peers: ('ws-broadcast' | 'raw-broadcast')[];
  atLeast: number;
  what: string;
  queryOf?: (index: number) => string;
}

const EVENT_BYTES = 700;
/** Below what the relay lets a client lag before it feeds it from the journal. */
const PER_CLIENT_BYTES = 126_000;
const ALL_CLIENTS_BYTES = 96 * 1_048_576;
const FILTERS = 20;
const SPARE_FILES = 500;
const SECONDS = { quick: 1, full: 4 };

/** As many events on their way as all clients together can be sent without the kernel's buffers running over. */
export function windowFor(clients: number): LoopShape {
  const given = Number(process.env['BENCH_WINDOW'] ?? Number.NaN);
  const room = Math.min(PER_CLIENT_BYTES, ALL_CLIENTS_BYTES / clients);
  const events = Number.isFinite(given) ? given : Math.floor(room / EVENT_BYTES);
  const batch = Math.max(1, Math.floor(events / 2));
  return { batch, inFlight: 2, perClient: batch };
}

export const fanOutScenarios: Scenario[] = [
  closedLoop(100, 25, ['ws-broadcast', 'raw-broadcast']),
  closedLoop(1000, 25, ['ws-broadcast']),
  closedLoop(5000, 12, ['ws-broadcast']),
  {
    name: 'one-in-flight',
    does: 'fan-out to 100 clients, the next event only when the last client has the one before',
    run: settings =>
      compare(settings, {
        clients: 100,
        shape: { batch: 1, inFlight: 1, perClient: 1 },
        peers: ['ws-broadcast', 'raw-broadcast'],
        atLeast: 1.3,
        what: 'one event in flight, 100 clients',
      }),
  },
  {
    name: 'filters',
    does: 'closed loop with 20 different filters over 1,000 clients; what is delivered counts',
    run: settings => {
      // Each client is sent one of twenty, so as many bytes are on their way to it as without filters.
      const batch = LEGS * Math.ceil((windowFor(1000).batch * FILTERS) / LEGS);
      return compare(settings, {
        clients: settings.isQuick ? 200 : 1000,
        shape: { batch, inFlight: 2, perClient: batch / FILTERS },
        peers: ['ws-broadcast'],
        atLeast: 15,
        what: '20 filters over 1,000 clients',
        queryOf: index => `dns=${dnOf(2 * (index % FILTERS))},${dnOf(2 * (index % FILTERS) + 1)}`,
      });
    },
  },
];

function closedLoop(clients: number, atLeast: number, peers: FanOut['peers']): Scenario {
  return {
    name: `fan-out-${clients}`,
    does: `closed loop to ${clients} clients, as fast as the server takes it`,
    files: clients * (1 + peers.length) + SPARE_FILES,
    run: settings => {
      const what = `closed loop, ${clients} clients`;
      return compare(settings, { clients, shape: windowFor(clients), peers, atLeast, what });
    },
  };
}

async function compare(settings: Settings, order: FanOut): Promise<Figure[]> {
  const { clients, shape, peers, atLeast, what, queryOf } = order;
  const seconds = settings.isQuick ? SECONDS.quick : SECONDS.full;
  const servers: Broadcaster[] = [];
  try {
    servers.push(await startRelay());
    for (const name of peers) servers.push(await startPeer(name, { hasFilters: queryOf !== undefined }));
    const contenders = [];
    for (const server of servers) {
      contenders.push({
        server,
        crowd: await server.connect({ count: clients, ...(queryOf && { queryOf }) }),
      });
    }
    settings.say(
      `${clients} clients each at ${servers.map(({ name }) => name).join(', ')}; window ${shape.batch} x ${shape.inFlight}`,
    );
    const rates = await measureInTurn(contenders, { shape, seconds, rounds: settings.rounds });
    const faults = contenders.map(({ crowd }) => crowd.faults());
    for (const { crowd } of contenders) crowd.end();
    const [relay = [], ...others] = rates;
    return [
      ...others.map((peer, index) =>
        figureOf({ what, relay, peer, name: peers[index] ?? '', ...(index === 0 && { atLeast }) }),
      ),
      lossFigure(what, faults),
    ];
  } finally {
    for (const server of servers) await server.stop();
  }
}

interface Pair {
  what: string;
  relay: Rate[];
  peer: Rate[];
  name: string;
  atLeast?: number;
}

function figureOf({ what, relay, peer, name, atLeast }: Pair): Figure {
  const eventsPerSecond =
    relay.map(rate => rate.eventsPerSecond).toSorted((a, b) => a - b)[relay.length >> 1] ?? 0;
  const cpu = relay.map(rate => rate.cpuShare).toSorted((a, b) => a - b)[relay.length >> 1] ?? 0;
  return ratioFigure({
    ...{ what, unit: 'deliveries/CPU s', against: name },
    relay: relay.map(rate => rate.perCpuSecond),
    peer: peer.map(rate => rate.perCpuSecond),
    ...(atLeast !== undefined && { atLeast }),
    note: `${Math.round(eventsPerSecond)} events/s, server busy ${Math.round(cpu * 100)} %`,
  });
}
