import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Screen } from '../dashboard.ts';
import { Pages } from '../layers/pages.ts';
import type { Area, Line } from '../text/line.ts';
import { titleLine } from '../text/paragraph.ts';
import { cardLines } from './cards.ts';
import { Charts } from './charts.ts';
import { conditionLines, conditionsHead } from './conditions.ts';
import { feedLines, slowestLine } from './feed.ts';

const CHARTS_FROM_LINES = 20;
const CHART_SHARE = 0.34;
const CHART_LINES_MAX = 16;
const FEED_LINES_MIN = 2;

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
      why: 'Everything that is wrong now, with cause and fix, whole',
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
    const chartHeight = this.#chartHeight(height);
    const room = height - cards.length - 1 - chartHeight - 2 - FEED_LINES_MIN;
    const wrong = conditionLines(dashboard, { width, height: Math.max(2, room) });
    const above = [
      ...cards,
      titleLine(conditionsHead(dashboard), { width, rule }),
      ...wrong,
      ...(chartHeight > 0 ? this.#charts.lines({ width, height: chartHeight }, dashboard) : []),
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
