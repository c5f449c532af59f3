import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Listener, type ListenerOptions } from '../load/listener.ts';
import { type Figure, limitFigure, ratioFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { startPeer, startRelay } from '../servers/broadcaster.ts';

const CLIENTS = { quick: 300, full: 2000 };
const KEYS = 20;
/** What each client missed while it was away. */
const MISSED = 100;
const AT_MOST = 3;
const BACK_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 2;
const RETRY_MS = 50;
/** Each round starts two servers and twice the clients. */
const ROUNDS_MAX = 3;

export const comeBackScenario: Scenario = {
  name: 'come-back',
  does: `${CLIENTS.full} clients of ${KEYS} keys come back at once after kill -9, each with its place, ${MISSED} entries behind`,
  files: CLIENTS.full + 500,
  run: compare,
};

interface Storm {
  ms: number;
  fault: string;
}

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const count = isQuick ? CLIENTS.quick : CLIENTS.full;
  const relay: Storm[] = [];
  const peer: Storm[] = [];
  for (let round = 0; round < Math.min(rounds, ROUNDS_MAX); round++) {
    relay.push(await stormOnRelay(count));
    peer.push(await stormOnPeer(count));
    say(`relay ${relay.at(-1)?.ms.toFixed(0)} ms, ws ${peer.at(-1)?.ms.toFixed(0)} ms`);
  }
  const what = `${count} clients back after kill -9`;
  const faults = [...relay, ...peer].map(({ fault }) => fault).filter(Boolean);
  return [
    ratioFigure({
      ...{ what: `${what}: until the last has all`, unit: 'ms', against: 'ws-broadcast' },
      relay: relay.map(({ ms }) => ms),
      peer: peer.map(({ ms }) => ms),
      atMost: AT_MOST,
    }),
    limitFigure({
      ...{
        what: `${what}: storms with loss`,
        unit: 'of them',
        relay: faults.length,
        atMost: 0,
        wanted: 'no loss',
      },
      ...(faults.length > 0 && { note: faults.join('; ') }),
    }),
  ];
}

async function stormOnRelay(count: number): Promise<Storm> {
  const server = await startRelay({ keys: KEYS });
  try {
    const { relay, upstream } = server;
    // All keys are known to the first process; what counts is what the second makes of them.
    const crowd = await server.connect({ count: KEYS });
    upstream.send(MISSED);
    const [first] = crowd.listeners;
    while (first && first.events < MISSED) await wait(LOOK_EVERY_MS);
    const after = first?.cursor ?? 0;
    upstream.send(MISSED);
    while (first && first.events < 2 * MISSED) await wait(LOOK_EVERY_MS);
    const head = first?.cursor ?? 0;
    relay.process.signal('SIGKILL');
    await relay.process.stop();
    crowd.end();
    relay.restart();
    await listening(relay.port);
    return await storm({
      count,
      optionsOf: index => ({ port: relay.port, path: '/relay/ws', key: relay.key(index), after }),
      isBack: listener => listener.cursor >= head,
      faultOf: ({ faults }) => faults.holes + faults.disorder + faults.gaps > 0,
    });
  } finally {
    await server.stop();
  }
}

/** Nobody is asked for a key and nothing is resumed: back means that the upgrade is done. */
async function stormOnPeer(count: number): Promise<Storm> {
  const server = await startPeer('ws-broadcast');
  try {
    const { port } = server;
    return await storm({
      count,
      optionsOf: () => ({ port, path: '/' }),
      isBack: listener => listener.isOpen,
      faultOf: () => false,
    });
  } finally {
    await server.stop();
  }
}

interface StormOrder {
  count: number;
  optionsOf: (index: number) => ListenerOptions;
  isBack: (listener: Listener) => boolean;
  faultOf: (listener: Listener) => boolean;
}

/** All at once; who is sent away tries again soon, as a hasty client would. */
async function storm({ count, optionsOf, isBack, faultOf }: StormOrder): Promise<Storm> {
  const beganAt = performance.now();
  const listeners: Listener[] = [];
  let retries = 0;
  let isOver = false;
  const dial = (index: number): void => {
    const listener = new Listener(optionsOf(index));
    listeners[index] = listener;
    listener.opened().catch(() => {});
    listener.onEnd = () => {
      if (isOver) return;
      retries += 1;
      setTimeout(() => !isOver && dial(index), RETRY_MS);
    };
  };
  for (let index = 0; index < count; index++) dial(index);
  let waiting = listeners.map((_, index) => index);
  while (waiting.length > 0 && performance.now() - beganAt < BACK_WITHIN_MS) {
    await wait(LOOK_EVERY_MS);
    waiting = waiting.filter(index => !isBack(listeners[index] as Listener));
  }
  const ms = performance.now() - beganAt;
  isOver = true;
  const faulty = listeners.filter(faultOf).length;
  for (const listener of listeners) listener.end();
  const fault = [
    faulty > 0 ? `${faulty} clients saw a hole` : '',
    waiting.length > 0 ? `${waiting.length} never had all (${retries} attempts were refused)` : '',
  ];
  return { ms, fault: fault.filter(Boolean).join(', ') };
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      socket.destroy();
      return;
    } catch {
      await wait(LOOK_EVERY_MS);
    }
  }
}
