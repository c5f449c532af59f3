import { setTimeout as wait } from 'node:timers/promises';
import type { Crowd } from '../load/crowd.ts';
import { ClosedLoop } from '../load/flow.ts';
import type { Broadcaster } from '../servers/broadcaster.ts';

export interface LoopShape {
  batch: number;
  inFlight: number;
  perClient: number;
}

interface Contender {
  server: Broadcaster;
  crowd: Crowd;
}

export interface Rate {
  /** Deliveries per second of processor time of the server: what is compared. */
  perCpuSecond: number;
  perSecond: number;
  eventsPerSecond: number;
  cpuShare: number;
}

const WARM_UP_MS = 500;

/** One round of a closed loop. Throws when a client did not get all it should. */
export async function measureLoop(
  { server, crowd }: Contender,
  { shape, seconds }: { shape: LoopShape; seconds: number },
): Promise<Rate> {
  const loop = new ClosedLoop({ upstream: server.upstream, crowd, ...shape });
  loop.start();
  await wait(WARM_UP_MS);
  const before = { events: crowd.events, cpu: server.process.cpuSeconds(), at: performance.now() };
  const sentBefore = server.upstream.sent;
  await wait(seconds * 1000);
  const deliveries = crowd.events - before.events;
  const cpu = server.process.cpuSeconds() - before.cpu;
  const elapsed = (performance.now() - before.at) / 1000;
  const sent = server.upstream.sent - sentBefore;
  await loop.stop();
  return {
    perCpuSecond: deliveries / cpu,
    perSecond: deliveries / elapsed,
    eventsPerSecond: sent / elapsed,
    cpuShare: cpu / elapsed,
  };
}

/** In turn, so that both meet the same machine: A B A B. */
export async function measureInTurn(
  contenders: readonly Contender[],
  { shape, seconds, rounds }: { shape: LoopShape; seconds: number; rounds: number },
): Promise<Rate[][]> {
  const rates: Rate[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      rates[index]?.push(await measureLoop(contender, { shape, seconds }));
    }
  }
  return rates;
}
