import { setTimeout as wait } from 'node:timers/promises';
import type { Crowd } from '../load/crowd.ts';
import { paced } from '../load/flow.ts';
import type { Listener } from '../load/listener.ts';
import type { Broadcaster } from '../servers/broadcaster.ts';
import { Samples } from './statistics.ts';

export interface Latency {
  p50: number;
  p99: number;
  /** Deliveries measured, and how many were to come. */
  count: number;
  due: number;
}

interface LatencyOrder {
  server: Broadcaster;
  crowd: Crowd;
  /** Whose deliveries are measured; all of the crowd when not given. */
  listeners?: readonly Listener[];
  perSecond: number;
  seconds: number;
}

const WARM_UP_SECONDS = 0.5;
const ARRIVES_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** From the upstream's write to each client's read, in milliseconds. Both clocks are of this process. */
export async function measureLatency(order: LatencyOrder): Promise<Latency> {
  const { server, crowd, perSecond, seconds, listeners = crowd.listeners } = order;
  const cold = listeners.map(({ events }) => events);
  const warmed = await paced(server.upstream, { perSecond, seconds: WARM_UP_SECONDS });
  await arrived(
    listeners,
    cold.map(events => events + warmed),
  );
  const samples = new Samples();
  const sentAt: number[] = [];
  const before = listeners.map(({ events }) => events);
  for (const [index, listener] of listeners.entries()) {
    let next = before[index] ?? 0;
    const first = next;
    listener.onEvents = ({ events }) => {
      const now = performance.now();
      // The n-th event of a client is the n-th that was sent: the chain is checked besides.
      for (; next < events; next++) samples.add(now - (sentAt[next - first] ?? Number.NaN));
    };
  }
  await paced(server.upstream, { perSecond, seconds, onSend: () => sentAt.push(performance.now()) });
  await arrived(
    listeners,
    before.map(events => events + sentAt.length),
  );
  for (const listener of listeners) listener.onEvents = null;
  return {
    p50: samples.quantile(0.5),
    p99: samples.quantile(0.99),
    count: samples.count,
    due: sentAt.length * listeners.length,
  };
}

/** What never comes shows in the count. */
async function arrived(listeners: readonly Listener[], wanted: readonly number[]): Promise<void> {
  const deadline = performance.now() + ARRIVES_WITHIN_MS;
  while (performance.now() < deadline) {
    if (listeners.every(({ events }, index) => events >= (wanted[index] ?? 0))) return;
    await wait(LOOK_EVERY_MS);
  }
}
