import type { Press } from '../actions/press.ts';
import type { Dashboard } from '../dashboard.ts';
import type { Area, Line } from '../text/line.ts';

/** A key and what it does there, for the foot of the screen. */
export type Hint = readonly [key: string, label: string];

/**
 * Something that lies over the screen and gets all keys until it is closed. Escape closes one layer, and never anything
 * that was written and is not saved without a word.
 */
export interface Layer {
  /** In the path at the top. */
  readonly name: string;
  /** In place of the body, as a box upon it, or as lines at its foot. */
  readonly place: 'body' | 'box' | 'foot';
  hints(dashboard: Dashboard): readonly Hint[];
  lines(area: Area, dashboard: Dashboard): readonly Line[];
  press(press: Press, dashboard: Dashboard): void;
  /** What is pasted anywhere else is thrown away: it could be commands. */
  paste?(text: string, dashboard: Dashboard): void;
}
