import { type Figure, limitFigure, lossFigure, type Scenario, type Settings } from '../measure/figure.ts';
import { measureLatency } from '../measure/latency.ts';
import { startRelay } from '../servers/broadcaster.ts';
import { holdToHalfACore } from '../servers/half-core.ts';

const CLIENTS = { quick: 200, full: 1000 };
const PER_SECOND = 100;
const SECONDS = { quick: 5, full: 60, long: 600 };
const P99_MAX_MS = 250;
const RSS_MAX_MB = 200;
const MB = 1_048_576;
const LOOK_EVERY_MS = 250;

export const halfCoreScenario: Scenario = {
  name: 'half-core',
  does: `half a core, ${CLIENTS.full} clients, ${PER_SECOND} events/s, one minute (ten with --long)`,
  files: CLIENTS.full + 500,
  run: measure,
};

async function measure({ isQuick, isLong, say }: Settings): Promise<Figure[]> {
  const count = isQuick ? CLIENTS.quick : CLIENTS.full;
  const seconds = isLong ? SECONDS.long : isQuick ? SECONDS.quick : SECONDS.full;
  const server = await startRelay();
  try {
    const crowd = await server.connect({ count });
    const throttle = holdToHalfACore(server.process);
    say(throttle.how);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, server.process.rssBytes());
    }, LOOK_EVERY_MS);
    const cpu = server.process.cpuSeconds();
    const beganAt = performance.now();
    const latency = await measureLatency({ server, crowd, perSecond: PER_SECOND, seconds }).finally(
      async () => {
        clearInterval(watch);
        await throttle.end();
      },
    );
    const share = (server.process.cpuSeconds() - cpu) / ((performance.now() - beganAt) / 1000);
    const missing = latency.due - latency.count;
    const faults = [crowd.faults(), missing === 0 ? '' : `${missing} deliveries never came`];
    crowd.end();
    const what = `half a core, ${count} clients, ${PER_SECOND} events/s, ${seconds} s`;
    return [
      limitFigure({
        what: `${what}: p99`,
        unit: 'ms',
        relay: latency.p99,
        atMost: P99_MAX_MS,
        note: throttle.how,
      }),
      limitFigure({ what: `${what}: memory`, unit: 'MB', relay: peak / MB, atMost: RSS_MAX_MB }),
      limitFigure({ what: `${what}: used`, unit: '% of a core', relay: share * 100 }),
      lossFigure(what, faults),
    ];
  } finally {
    await server.stop();
  }
}
