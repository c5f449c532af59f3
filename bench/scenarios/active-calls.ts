import { setTimeout as wait } from 'node:timers/promises';
import { Asker } from '../load/requests.ts';
import { type Figure, limitFigure, ratioFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { startRelay } from '../servers/broadcaster.ts';
import { Peer } from '../servers/peer.ts';
import type { ServerProcess } from '../servers/server-process.ts';

const CONNECTIONS = 32;
/** Shared by the connections, so that no key meets its limit of requests a minute. */
const KEYS = 4;
const SECONDS = { quick: 1, full: 4 };
const WARM_UP_MS = 500;
const AT_LEAST = 0.8;
const PATH = '/relay/active-calls';

export const activeCallsScenario: Scenario = {
  name: 'active-calls',
  does: `GET ${PATH} over ${CONNECTIONS} connections, against node:http answering the same bytes`,
  run: compare,
};

interface Target {
  process: ServerProcess;
  port: number;
  headersOf: (index: number) => string[];
}

interface Pace {
  perCpuSecond: number;
  perSecond: number;
  refused: number;
}

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  const server = await startRelay({ keys: KEYS });
  const { relay } = server;
  const authorization = (index: number): string => `Authorization: Bearer ${relay.key(index)}`;
  let peer: Peer | null = null;
  try {
    const response = await fetch(`${relay.url}${PATH}`, {
      headers: { authorization: `Bearer ${relay.key()}` },
    });
    const body = await response.text();
    say(`${JSON.parse(body).calls.length} calls open, ${body.length} bytes an answer`);
    peer = await Peer.start('http-fixed', { BODY: body });
    const targets: Target[] = [
      { process: relay.process, port: relay.port, headersOf: index => [authorization(index)] },
      { process: peer.process, port: peer.port, headersOf: () => [] },
    ];
    const paces: Pace[][] = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [index, target] of targets.entries()) paces[index]?.push(await ask(target, seconds));
    }
    const [ours = [], theirs = []] = paces;
    const what = `active calls, ${CONNECTIONS} connections, ${body.length} bytes`;
    const figure = (name: 'perCpuSecond' | 'perSecond', unit: string, atLeast?: number): Figure =>
      ratioFigure({
        ...{ what, unit, against: 'http-fixed' },
        relay: ours.map(pace => pace[name]),
        peer: theirs.map(pace => pace[name]),
        ...(atLeast !== undefined && { atLeast }),
      });
    const refused = ours.reduce((sum, pace) => sum + pace.refused, 0);
    return [
      figure('perCpuSecond', 'answers/CPU s', AT_LEAST),
      figure('perSecond', 'answers/s'),
      limitFigure({ what: `${what}: refused`, unit: 'answers', relay: refused, atMost: 0, wanted: 'none' }),
    ];
  } finally {
    await peer?.stop();
    await server.stop();
  }
}

async function ask({ process, port, headersOf }: Target, seconds: number): Promise<Pace> {
  const askers = Array.from(
    { length: CONNECTIONS },
    (_, index) => new Asker({ port, path: PATH, headers: headersOf(index) }),
  );
  const count = (): number => askers.reduce((sum, asker) => sum + asker.answers, 0);
  for (const asker of askers) asker.start();
  await wait(WARM_UP_MS);
  const before = { answers: count(), cpu: process.cpuSeconds(), at: performance.now() };
  await wait(seconds * 1000);
  const answers = count() - before.answers;
  const pace = {
    perCpuSecond: answers / (process.cpuSeconds() - before.cpu),
    perSecond: (answers * 1000) / (performance.now() - before.at),
    refused: askers.reduce((sum, asker) => sum + asker.refused, 0),
  };
  for (const asker of askers) asker.stop();
  return pace;
}
