import type { UsageTold } from '../../../shared/control-api/told.ts';
import { spanText } from '../../../shared/telling/time.ts';
import type { Dashboard } from '../../dashboard.ts';
import type { Details } from '../../list/list-spec.ts';
import { minuteOf } from '../../text/ago.ts';
import type { Line } from '../../text/line.ts';
import { sparkline } from '../../text/tones.ts';

const SINCE_MS = 86_400_000;
const FRESH_MS = 5000;
const KEPT = 100;
const ROUTE_WIDTH = 34;

type Usage = UsageTold | 'asked' | 'failed';

/** What was asked with each key, fetched when somebody stands on it. */
export class KeyUsage {
  readonly #known = new Map<string, { usage: Usage; at: number }>();
  /** The key one stands on, as long as it is still to be asked for. */
  #wanted: string | null = null;
  #isAsking = false;

  of(id: string): Usage {
    return this.#known.get(id)?.usage ?? 'asked';
  }

  /** One after the other: of the keys that somebody only passes, none is asked for. */
  ask(id: string, dashboard: Dashboard): void {
    const known = this.#known.get(id);
    const isFresh = known !== undefined && Date.now() - known.at < FRESH_MS;
    this.#wanted = isFresh ? null : id;
    if (this.#wanted !== null && !this.#isAsking) void this.#askAll(dashboard);
  }

  async #askAll(dashboard: Dashboard): Promise<void> {
    this.#isAsking = true;
    while (this.#wanted !== null) {
      const id = this.#wanted;
      this.#wanted = null;
      const before = this.of(id);
      this.#keep(id, before);
      this.#keep(
        id,
        await this.#usageOf(id, dashboard).catch(() => (before === 'asked' ? 'failed' : before)),
      );
      dashboard.publisher.now();
    }
    this.#isAsking = false;
  }

  #usageOf(id: string, { desk }: Dashboard): Promise<UsageTold> {
    const path = `/admin/api-keys/${encodeURIComponent(id)}/usage`;
    return desk.get<UsageTold>(path, { since: Date.now() - SINCE_MS });
  }

  #keep(id: string, usage: Usage): void {
    this.#known.delete(id);
    this.#known.set(id, { usage, at: Date.now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The last day: how much each hour, and which routes. */
export function usageLines(usage: Usage, { dashboard }: Details): Line[] {
  const title: Line = [['strong', 'Requests in the last 24 hours']];
  if (usage === 'asked') return [title, [['dim', '  Asking the daemon.']]];
  if (usage === 'failed') return [title, [['dim', '  The daemon does not tell at the moment.']]];
  const { requests, refused, meanMs, lastAt, routes, perStep } = usage;
  if (requests === 0) return [title, [['dim', '  None. Streams that are open are under Clients, screen 6.']]];
  const most = Math.max(...perStep.requests);
  return [
    title,
    [
      [
        'accent',
        `  ${sparkline(perStep.requests, { width: perStep.requests.length, glyphs: dashboard.look.glyphs })}`,
      ],
      `  ${requests} in all, ${refused} refused, at most ${most} in ${spanText(perStep.stepMs)}`,
    ],
    [`  ${meanMs.toFixed(1)} ms each on average, the last ${minuteOf(lastAt, dashboard.now)}`],
    ...routes.map(
      ({ route, status, requests: count, meanMs: mean }): Line => [
        `  ${route.padEnd(ROUTE_WIDTH)} `,
        [status < 400 ? 'good' : 'warn', String(status)],
        ` ${String(count).padStart(8)}  ${mean.toFixed(1)} ms`,
      ],
    ),
  ];
}
