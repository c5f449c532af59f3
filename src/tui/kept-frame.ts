import type { Dashboard } from './dashboard.ts';
import { type Frame, frameOf } from './frame.ts';
import type { Area } from './text/line.ts';

/** The frame of this moment, and the very one of before as long as nothing in it is other: then nobody draws at all. */
export class KeptFrame {
  readonly #dashboard: Dashboard;
  #frame: Frame = { lines: [], places: { tabs: [], tabsLine: 1, bodyFrom: 0 } };
  #madeFor = '';

  constructor(dashboard: Dashboard) {
    this.#dashboard = dashboard;
  }

  for({ width, height }: Area): Frame {
    const asked = `${this.#dashboard.publisher.version()} ${width}x${height}`;
    if (asked === this.#madeFor) return this.#frame;
    this.#madeFor = asked;
    const next = frameOf(this.#dashboard, { width, height });
    if (!isSame(next.lines, this.#frame.lines)) this.#frame = next;
    return this.#frame;
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((line, row) => line === others[row]);
}
