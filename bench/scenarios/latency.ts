import { type Figure, lossFigure, ratioFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { type Latency, measureLatency } from '../measure/latency.ts';
import { type Broadcaster, startPeer, startRelay } from '../servers/broadcaster.ts';

const PER_SECOND = 100;
const SECONDS = { quick: 1, full: 6 };
const AT_MOST = 0.9;

export const latencyScenarios: Scenario[] = [latencyOf(100), latencyOf(1000)];

function latencyOf(clients: number): Scenario {
  return {
    name: `latency-${clients}`,
    does: `${PER_SECOND} events/s to ${clients} clients: from the upstream's write to a client's read`,
    files: 2 * clients + 500,
    run: settings => compare(clients, settings),
  };
}

async function compare(clients: number, { isQuick, rounds }: Settings): Promise<Figure[]> {
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  const servers: Broadcaster[] = [];
  try {
    servers.push(await startRelay(), await startPeer('ws-broadcast'));
    const contenders = [];
    for (const server of servers)
      contenders.push({ server, crowd: await server.connect({ count: clients }) });
    const seen: Latency[][] = servers.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, contender] of contenders.entries()) {
        seen[index]?.push(await measureLatency({ ...contender, perSecond: PER_SECOND, seconds }));
      }
    }
    const faults = [...contenders.map(({ crowd }) => crowd.faults()), ...seen.flat().map(missing)];
    for (const { crowd } of contenders) crowd.end();
    const [relay = [], peer = []] = seen;
    const figure = (name: 'p50' | 'p99'): Figure =>
      ratioFigure({
        ...{
          what: `${PER_SECOND} events/s, ${clients} clients, ${name}`,
          unit: 'ms',
          against: 'ws-broadcast',
        },
        relay: relay.map(one => one[name]),
        peer: peer.map(one => one[name]),
        atMost: AT_MOST,
      });
    return [figure('p50'), figure('p99'), lossFigure(`${clients} clients`, faults)];
  } finally {
    for (const server of servers) await server.stop();
  }
}

function missing({ count, due }: Latency): string {
  return count === due ? '' : `${due - count} deliveries never came`;
}
