import { setTimeout as wait } from 'node:timers/promises';
import { FaithfulClient } from '../load/faithful.ts';
import { type Figure, limitFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { median } from '../measure/statistics.ts';
import { type RelayBroadcaster, startRelay } from '../servers/broadcaster.ts';

const CLIENTS = 200;
const KEYS = 20;
const KILLS = { quick: 2, full: 20 };
const PER_SECOND = 5000;
/** One write of the upstream. */
const AT_ONCE = 50;
const BETWEEN_MS = 1000;
const BACK_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 5;

export const killedScenario: Scenario = {
  name: 'killed',
  does: `${CLIENTS} clients that resume, ${PER_SECOND} events a second, kill -9 again and again: does anybody miss anything`,
  files: CLIENTS + 500,
  run: measure,
};

async function measure({ isQuick, say }: Settings): Promise<Figure[]> {
  const kills = isQuick ? KILLS.quick : KILLS.full;
  const server = await startRelay({ keys: KEYS });
  const clients: FaithfulClient[] = [];
  try {
    const { relay } = server;
    for (let index = 0; index < CLIENTS; index++) {
      const options = { port: relay.port, path: '/relay/ws', key: relay.key(index) };
      clients.push(new FaithfulClient(after => ({ ...options, ...(after !== undefined && { after }) })));
    }
    await until(() => clients.every(({ isOpen }) => isOpen));
    const away: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await load(server);
      const returns = clients.map(client => client.returns);
      // In the middle of all: nothing is let to end first.
      relay.process.signal('SIGKILL');
      const killedAt = performance.now();
      await relay.process.stop();
      relay.restart();
      await until(() => clients.every((client, index) => client.returns > (returns[index] ?? 0)));
      away.push(performance.now() - killedAt);
      await relay.seesCalls();
      say(`kill ${kill + 1}: all back after ${away.at(-1)?.toFixed(0)} ms`);
    }
    await load(server);
    await until(() => new Set(clients.map(({ cursor }) => cursor)).size === 1);
    return figures({ clients, kills, away });
  } finally {
    for (const client of clients) client.end();
    await server.stop();
  }
}

/** As fast as told, and it goes on to the moment of the kill. */
async function load({ upstream }: RelayBroadcaster): Promise<void> {
  await upstream.connected();
  const beganAt = performance.now();
  for (let sent = 0; performance.now() - beganAt < BETWEEN_MS; sent += AT_ONCE) {
    const pause = beganAt + (sent * 1000) / PER_SECOND - performance.now();
    if (pause > 0) await wait(pause);
    upstream.send(AT_ONCE);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + BACK_WITHIN_MS;
  while (!isSo()) {
    if (performance.now() > deadline)
      throw new Error(`Not all clients came back or agreed within ${BACK_WITHIN_MS / 1000} s`);
    await wait(LOOK_EVERY_MS);
  }
}

interface Found {
  clients: readonly FaithfulClient[];
  kills: number;
  away: readonly number[];
}

function figures({ clients, kills, away }: Found): Figure[] {
  const what = `${CLIENTS} clients, ${PER_SECOND} events/s, ${kills} times kill -9`;
  const faulty = clients.filter(({ faults }) => faults > 0).length;
  return [
    limitFigure({
      what: `${what}: clients with a loss`,
      unit: 'clients',
      relay: faulty,
      atMost: 0,
      wanted: 'none',
    }),
    limitFigure({
      what: `${what}: entries to each`,
      unit: 'entries',
      relay: median(clients.map(one => one.entries)),
    }),
    limitFigure({ what: `${what}: until all are back`, unit: 'ms', relay: median(away) }),
  ];
}
