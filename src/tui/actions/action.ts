import type { Dashboard } from '../dashboard.ts';

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

/** How a key is written for people. */
export function keyText(key: string): string {
  return KEY_TEXTS[key] ?? key.replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
}

const KEY_TEXTS: Record<string, string> = {
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
};
