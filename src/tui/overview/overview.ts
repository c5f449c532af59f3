import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Screen } from '../dashboard.ts';
import { Pages } from '../layers/pages.ts';
import type { Area, Line } from '../text/line.ts';
import { titleLine } from '../text/paragraph.ts';
import { cardLines } from './cards.ts';
import { Charts } from './charts.ts';
import { conditionLines, conditionsHead, isSerious } from './conditions.ts';
import { feedLines, slowestLine } from './feed.ts';

const CHARTS_FROM_LINES = 20;
const CHART_SHARE = 0.34;
const CHART_LINES_MAX = 16;
const FEED_LINES_MIN = 2;
/** What does not work, and what to do, comes before curves. */
const WRONG_LINES_MIN = 8;

/** How everything is, on one screen: what is connected, what is wrong and what to do, what goes on. */
export class Overview implements Screen {
  readonly title = 'Overview';
  readonly key = '1';
  readonly #charts = new Charts();

  readonly actions: readonly Action[] = [
    {
      name: 'what is wrong',
      key: 'enter',
      label: 'what is wrong',
      why: 'All that is wrong now, with cause and fix',
      isPossible: ({ data }) => data.conditions.length > 0,
      run: dashboard =>
        dashboard.open(
          new Pages({
            name: 'what is wrong',
            lines: width => conditionLines(dashboard, { width, height: Number.POSITIVE_INFINITY }),
          }),
        ),
    },
    {
      name: 'chart span',
      key: 's',
      label: 'span',
      why: 'Charts of the last 15 minutes, or of the last hour',
      run: dashboard => {
        this.#charts.nextSpan();
        dashboard.publisher.now();
      },
    },
  ];

  lines({ width, height }: Area, dashboard: Dashboard): readonly Line[] {
    const { rule } = dashboard.look.glyphs;
    const cards = cardLines(dashboard, width);
    const roomFor = (charts: number): number => height - cards.length - 1 - charts - 2 - FEED_LINES_MIN;
    const isTight = roomFor(this.#chartHeight(height)) < WRONG_LINES_MIN;
    const chartHeight = isTight && isSerious(dashboard) ? 0 : this.#chartHeight(height);
    const wrong = conditionLines(dashboard, { width, height: Math.max(2, roomFor(chartHeight)) });
    const feedMore = Math.max(0, dashboard.data.errors.length - FEED_LINES_MIN);
    const spare = Math.max(0, roomFor(chartHeight) - wrong.length - feedMore);
    const grown = chartHeight === 0 ? 0 : Math.min(CHART_LINES_MAX, chartHeight + spare);
    const above = [
      ...cards,
      titleLine(conditionsHead(dashboard), { width, rule }),
      ...wrong,
      ...(grown > 0 ? this.#charts.lines({ width, height: grown }, dashboard) : []),
      slowestLine(dashboard),
      titleLine('Last errors', { width, rule }),
    ];
    return [...above, ...feedLines(dashboard, { width, height: Math.max(0, height - above.length) })];
  }

  press(_: Press): boolean {
    return false;
  }

  #chartHeight(height: number): number {
    if (height < CHARTS_FROM_LINES) return 0;
    return Math.min(CHART_LINES_MAX, Math.floor(height * CHART_SHARE));
  }
}
