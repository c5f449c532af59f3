import { type Curve, niceTop } from '../charts/curve.ts';
import { plot } from '../charts/plot.ts';
import type { Dashboard } from '../dashboard.ts';
import type { Series } from '../store/series.ts';
import { spanOf } from '../text/ago.ts';
import { type Area, beside, type Line } from '../text/line.ts';
import { titleLine } from '../text/paragraph.ts';

const SPANS_MS = [900_000, 3_600_000];
const GAP = 2;
/** In minutes several of so few would be the same. */
const SECONDS_UNTIL_MS = 480_000;
/** In less room the axes of the library leave nothing for the curve. */
const LIBRARY_FROM = { width: 50, height: 9 };

interface Library {
  draw(curve: Curve, area: Area): Line[];
}

/** Events and calls over time, side by side: as far back as it is known. */
export class Charts {
  #span = 0;
  /** Loaded when there first is room for it; null: it cannot be had. */
  #library: Library | null | undefined;
  /** Drawn anew only when there is something new: a curve costs more than all the rest of the screen. */
  readonly #drawn = new Map<string, { for: string; lines: Line[] }>();

  nextSpan(): void {
    this.#span = (this.#span + 1) % SPANS_MS.length;
  }

  lines({ width, height }: Area, dashboard: Dashboard): Line[] {
    const area = { width: Math.floor((width - GAP) / 2), height };
    const { eventRate, callCount } = dashboard.data;
    const left = this.#one('Events a second', eventRate, { area, dashboard });
    const right = this.#one('Calls', callCount, { area, dashboard });
    return beside(left, right, area.width + GAP);
  }

  #one(title: string, { values: all, stepMs }: Series, { area, dashboard }: Drawing): Line[] {
    const values = all.slice(-Math.round((SPANS_MS[this.#span] ?? 0) / stepMs));
    const { width, height } = area;
    const { rule } = dashboard.look.glyphs;
    if (values.length < 2) {
      const head = titleLine(title, { width, rule });
      return [head, [['dim', dashboard.link.hasHeard ? ' Figures come within a minute.' : '']]];
    }
    const head = titleLine(`${title}, last ${spanOf(values.length * stepMs)}`, { width, rule });
    const known = `${width}x${height} ${dashboard.look.hasColor} ${values.join(',')}`;
    const before = this.#drawn.get(title);
    if (before?.for === known) return [head, ...before.lines];
    const curve = {
      values,
      top: niceTop(Math.max(...values)),
      labels: values.map((_, place) => agoText((values.length - place) * stepMs, values.length * stepMs)),
    };
    const lines = this.#draw(curve, { area: { width, height: height - 1 }, dashboard });
    this.#drawn.set(title, { for: known, lines });
    return [head, ...lines];
  }

  #draw(curve: Curve, { area, dashboard }: Drawing): Line[] {
    const { look } = dashboard;
    const isRoom = area.width >= LIBRARY_FROM.width && area.height >= LIBRARY_FROM.height;
    // Its curve and its axes are told apart by colour alone, and are dots that ASCII does not have.
    if (!isRoom || !look.hasColor || look.isAscii) return plot(curve, { ...area, look });
    if (this.#library === undefined) this.#load(dashboard);
    try {
      if (this.#library) return this.#library.draw(curve, area);
    } catch {
      // It fails at what it is given, and would again: the plain curves stay.
      this.#library = null;
    }
    return plot(curve, { ...area, look });
  }

  /** Between two frames: the screen does not wait for it. */
  #load(dashboard: Dashboard): void {
    this.#library = null;
    import('../charts/contrib.ts')
      .then(({ ContribCharts }) => {
        this.#library = new ContribCharts();
        this.#drawn.clear();
        dashboard.publisher.soon();
      })
      // Not installed, as where a package was trimmed: the plain curves stay.
      .catch(() => {});
  }
}

interface Drawing {
  area: Area;
  dashboard: Dashboard;
}

/** As short as it gets, and all of one chart in one unit: `-50s`, `-12m`. */
function agoText(ms: number, spanMs: number): string {
  return spanMs <= SECONDS_UNTIL_MS ? `-${Math.round(ms / 1000)}s` : `-${Math.round(ms / 60_000)}m`;
}
