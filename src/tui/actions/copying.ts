import type { Action, Dashboard } from '../dashboard.ts';
import { copied } from '../terminal/clipboard.ts';

/** Into the clipboard of the terminal the operator sits at. */
export const COPY_ACTIONS: readonly Action[] = [
  {
    name: 'copy',
    key: 'y',
    label: '',
    why: "Copy the line to your terminal's clipboard",
    isPossible: isChosen,
    run: dashboard => copy(dashboard, 'row'),
  },
  {
    name: 'copy json',
    key: 'Y',
    label: '',
    why: 'Copy it as JSON, with all there is',
    isPossible: isChosen,
    run: dashboard => copy(dashboard, 'json'),
  },
];

function isChosen(dashboard: Dashboard): boolean {
  return (dashboard.screen.chosenText?.(dashboard, 'row') ?? null) !== null;
}

function copy(dashboard: Dashboard, form: 'row' | 'json'): void {
  const text = dashboard.screen.chosenText?.(dashboard, form) ?? null;
  if (text === null) return;
  dashboard.terminal.write(copied(text));
  dashboard.say('good', `Copied ${text.length} characters to your terminal's clipboard, if it takes them.`);
}
