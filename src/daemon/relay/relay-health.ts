import type { Clock, Component } from '../core/ports.ts';
import type { HealthBoard } from '../health/health-board.ts';
import type { HealthView } from '../outlets/relay/routes/parts.ts';

/** Those that show the calls of this moment. */
const LIVE = new Set<Component>(['callcontrol', 'xapi']);

/** The board as external clients may see it: states, never reasons, which can name hosts and users. */
export function relayHealth(board: HealthBoard, clock: Clock): HealthView {
  return {
    status: () => board.status(),
    components: () =>
      Object.fromEntries(
        board.components().map(({ component, state, since }) => [component, { state, since: iso(since) }]),
      ),
    calls: () => {
      const live = board.components().filter(({ component }) => LIVE.has(component));
      const seeing = live.filter(({ state }) => state === 'up' || state === 'degraded');
      const blindSince = Math.max(0, ...live.map(({ since }) => since));
      return seeing.length > 0
        ? { asOf: iso(clock.now()), stale: false }
        : { asOf: iso(blindSince || clock.now()), stale: true };
    },
    uptimeSeconds: () => board.uptimeSeconds(),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
