import type { Extra } from '../../shared/control-api/upkeep-schemas.ts';
import type { Action } from '../actions/action.ts';
import type { Press } from '../actions/press.ts';
import type { Dashboard } from '../dashboard.ts';
import type { Area, Line } from '../text/line.ts';

export interface Screen {
  readonly title: string;
  /** The digit that opens it. */
  readonly key: string;
  /** What it needs of the daemon besides what all screens get. */
  readonly wants?: Extra;
  readonly actions: readonly Action[];
  opened?(dashboard: Dashboard): void;
  lines(area: Area, dashboard: Dashboard): readonly Line[];
  /** Moves and the like; false when it means nothing here. */
  press(press: Press, dashboard: Dashboard): boolean;
  /** Which line of its own was clicked. */
  clicked?(line: number, dashboard: Dashboard): void;
  /** Undefined where there is nothing to be filtered. */
  filter?: ScreenFilter;
  /** What is in the list now, after the filter. */
  shownRows?(): readonly unknown[];
  /** Goes to the next that is so; false when there is none. */
  toNext?(isWanted: (row: unknown) => boolean, dashboard: Dashboard): boolean;
  /** What the operator stands on, as it can be copied; null for nothing. */
  chosenText?(dashboard: Dashboard, form: 'row' | 'json'): string | null;
}

export interface ScreenFilter {
  text: string;
  /** The words that can stand before a colon. */
  readonly words: readonly string[];
  /** Of how many are how many left, and why it is not understood. */
  count(dashboard: Dashboard): { left: number; all: number; fault: string | null };
}
