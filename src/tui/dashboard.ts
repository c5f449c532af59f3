import type { WhoTold } from '../shared/control-api/told.ts';
import type { Extra } from '../shared/control-api/upkeep-schemas.ts';
import type { Press } from './actions/press.ts';
import type { Desk } from './desk.ts';
import type { Board, Data } from './store/board.ts';
import type { Link } from './store/link.ts';
import type { Publisher } from './store/publisher.ts';
import type { Area, Line } from './text/line.ts';
import type { Look, Tone } from './text/look.ts';

/** The dashboard as actions, layers and screens see it: what is known, what is shown, and how to change that. */
export interface Dashboard {
  readonly desk: Desk;
  readonly board: Board;
  readonly link: Link;
  readonly publisher: Publisher;
  readonly terminal: TerminalDoor;
  readonly look: Look;
  /** What is shown: as it is, or as it was when it was frozen. */
  readonly data: Data;
  readonly now: number;
  readonly frozenSince: number | null;
  readonly who: WhoTold | null;
  readonly isReadonly: boolean;
  /** False for viewers, with --readonly, and while nobody knows who we are. */
  readonly mayChange: boolean;
  readonly screens: readonly Screen[];
  readonly screen: Screen;
  readonly layers: readonly Layer[];
  readonly notice: Notice | null;
  showsNumbers: boolean;
  isMouseOn: boolean;
  /** Of the screen and of everywhere, only what this operator may do and what can be done now. */
  actions(): Action[];
  /** Whether this operator may do it, and it can be done now. */
  can(action: Action): boolean;
  go(screen: Screen): void;
  open(layer: Layer): void;
  /** Only this one: what it has opened, such as a key that is shown once, stays. */
  close(layer: Layer): void;
  say(tone: Tone, text: string): void;
  /** What was said last is read: whoever goes on wants to see the keys again. */
  hush(): void;
  /** What went wrong, and what to do next. */
  complain(error: unknown): void;
  /** The screen stands still, or goes on. */
  freeze(): void;
}

export interface Notice {
  tone: Tone;
  text: string;
  until: number;
}

/** What is done to the terminal itself, past what is drawn. */
export interface TerminalDoor {
  write(bytes: string): void;
  /** Everything anew, for when somebody else has written there. */
  redraw(): void;
  /** Back to the shell, until it brings us back. */
  suspend(): void;
  setMouse(isOn: boolean): void;
  /** The dashboard is to end; with an error when it must. */
  quit(error?: Error): void;
}

/**
 * Something an operator can do. Keys, the line at the foot, help and palette are all made from this, so that what one of
 * them shows all of them know.
 */
export interface Action {
  /** In the palette, and what it is searched by. */
  name: string;
  /** As in a press; none when only the palette has it. */
  key?: string;
  /** At the foot of the screen. */
  label: string;
  /** One line for help: what it does. */
  why: string;
  /** Changes something at the relay: nobody sees it who may not do it. */
  changes?: true;
  isPossible?(dashboard: Dashboard): boolean;
  run(dashboard: Dashboard): void;
}

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
