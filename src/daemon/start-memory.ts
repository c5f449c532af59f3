import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The first time, everything is loaded and connected. */
const LOOK_EVERY_MS = 5000;
/** Of the time, spent working. To collect all on half a core made deliveries 300 to 700 ms late: it waits until nobody waits for us. */
const QUIET_SHARE = 0.1;

/** Loading leaves a heap a third larger than what lives in it, and V8 sees no need to shrink it; the host's memory is the PBX's. */
export function giveBackStartMemory(): void {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > QUIET_SHARE) return;
    clearInterval(timer);
    collectAll();
  }, LOOK_EVERY_MS).unref();
}

function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: object) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
