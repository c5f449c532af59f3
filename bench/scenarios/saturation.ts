import { setTimeout as wait } from 'node:timers/promises';
import { download } from '../load/download.ts';
import { ClosedLoop } from '../load/flow.ts';
import { type Figure, limitFigure, lossFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { median, Samples } from '../measure/statistics.ts';
import { type RelayBroadcaster, startRelay } from '../servers/broadcaster.ts';
import { windowFor } from './fan-out.ts';

const CLIENTS = { quick: 200, full: 1000 };
const REVOKED = 20;
const SECONDS = { quick: 2, full: 5 };
const HEALTH_P99_MAX_MS = 100;
const REVOKED_MAX_MS = 1000;
const ASK_EVERY_MS = 20;
const WARM_UP_MS = 1000;
const CUT_WITHIN_MS = 20_000;
const KEY_INVALID = 4401;
const LOOK_EVERY_MS = 5;

export const saturationScenario: Scenario = {
  name: 'saturation',
  does: `while the closed loop to ${CLIENTS.full} clients takes all of the core: is health answered, are revoked keys cut`,
  files: CLIENTS.full + 500,
  run: measure,
};

async function measure({ isQuick, rounds }: Settings): Promise<Figure[]> {
  const count = isQuick ? CLIENTS.quick : CLIENTS.full;
  const seconds = isQuick ? SECONDS.quick : SECONDS.full;
  // One key for those who stay, and one to be revoked in each round.
  const server = await startRelay({ keys: 1 + rounds });
  try {
    const crowd = await server.connect({ count, keyOf: () => 0 });
    const health = new Samples();
    const revoked: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const leaving = await server.connect({ count: REVOKED, keyOf: () => round + 1 });
      const loop = new ClosedLoop({ upstream: server.upstream, crowd, ...windowFor(count) });
      loop.start();
      await wait(WARM_UP_MS);
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) {
        health.add((await download(`${server.relay.url}/relay/health`)).ms);
        await wait(ASK_EVERY_MS);
      }
      revoked.push(await revoke(server, round + 1, () => leaving.listeners.every(isCut)));
      await loop.stop();
    }
    const faults = crowd.faults();
    crowd.end();
    const what = `saturated by ${count} clients`;
    return [
      limitFigure({
        what: `${what}: /relay/health p99`,
        unit: 'ms',
        relay: health.quantile(0.99),
        atMost: HEALTH_P99_MAX_MS,
      }),
      limitFigure({
        what: `${what}: ${REVOKED} clients cut after revocation`,
        unit: 'ms',
        relay: median(revoked),
        atMost: REVOKED_MAX_MS,
      }),
      lossFigure(what, [faults]),
    ];
  } finally {
    await server.stop();
  }
}

function isCut({ closeCode }: { closeCode: number }): boolean {
  return closeCode === KEY_INVALID;
}

/** From when the command line has said so; what it takes itself is not the daemon's. */
async function revoke({ relay }: RelayBroadcaster, index: number, isDone: () => boolean): Promise<number> {
  await relay.revoke(index);
  const beganAt = performance.now();
  while (!isDone()) {
    if (performance.now() - beganAt > CUT_WITHIN_MS)
      throw new Error(
        `Clients of a revoked key were not cut with ${KEY_INVALID} within ${CUT_WITHIN_MS / 1000} s`,
      );
    await wait(LOOK_EVERY_MS);
  }
  return performance.now() - beganAt;
}
