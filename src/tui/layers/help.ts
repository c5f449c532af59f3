import { keyText } from '../actions/key-text.ts';
import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Hint, Layer } from '../dashboard.ts';
import { type Area, chosen, type Line } from '../text/line.ts';
import { Field, fieldSpans, pasteInto } from './field.ts';

const KEY_WIDTH = 7;
const NAME_WIDTH = 22;
const HEAD_LINES = 4;

/** All that can be done here and now; what is typed narrows it down, Enter does it. */
export class Help implements Layer {
  readonly name = 'help';
  readonly place = 'body';
  readonly #field = new Field();
  #index = 0;

  hints(): readonly Hint[] {
    return [
      ['type', 'to search'],
      ['enter', 'do it'],
      ['escape', 'back'],
    ];
  }

  lines({ width, height }: Area, dashboard: Dashboard): readonly Line[] {
    const found = this.#found(dashboard);
    this.#index = Math.max(0, Math.min(this.#index, found.length - 1));
    const search = 'Search: ';
    const room = Math.max(1, height - HEAD_LINES);
    const top = Math.max(0, Math.min(this.#index - room + 1, found.length - room));
    const from = Math.max(0, Math.max(top, 0));
    const count = countText(found.length, from, room);
    const rows = found.slice(from, from + room).map((action, at) => {
      const key = keyText(action.key ?? '').padEnd(KEY_WIDTH);
      const line: Line = [['accent', `  ${key}`], action.name.padEnd(NAME_WIDTH), ' ', action.why];
      return from + at === this.#index ? chosen(line, width) : line;
    });
    const none: Line[] = [[`  Nothing that can be done here is called so.`]];
    return [
      [
        ['strong', `What can be done here: ${dashboard.screen.title}`],
        ['dim', moreText(dashboard)],
      ],
      [['dim', 'Arrows, j k, PgUp PgDn, g G move. Every name here also works after a colon.']],
      [['accent', search], ...fieldSpans(this.#field, width - search.length - count.length), ['dim', count]],
      [],
      ...(rows.length === 0 ? none : rows),
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    const found = this.#found(dashboard);
    const { key } = press;
    if (key === 'escape' || (key === '?' && this.#field.text === '')) dashboard.close(this);
    else if (key === 'up') this.#index -= 1;
    else if (key === 'down' || key === 'tab') this.#index += 1;
    else if (key === 'enter') {
      dashboard.close(this);
      found[this.#index]?.run(dashboard);
    } else if (this.#field.press(press)) this.#index = 0;
    dashboard.publisher.now();
  }

  paste(text: string, dashboard: Dashboard): void {
    pasteInto(this.#field, text, dashboard);
    dashboard.publisher.now();
  }

  #found(dashboard: Dashboard): Action[] {
    const words = this.#field.text.toLowerCase().split(' ');
    return dashboard
      .actions()
      .filter(({ name, why, key = '' }) =>
        words.every(word => `${name} ${why} ${key}`.toLowerCase().includes(word)),
      );
  }
}

/** So that nobody takes what fits for all there is. */
function countText(all: number, from: number, room: number): string {
  return all <= room ? '' : `   ${from + 1}-${Math.min(all, from + room)} of ${all}`;
}

function moreText(dashboard: Dashboard): string {
  if (dashboard.isReadonly) return '   (read only: nothing can be changed)';
  if (dashboard.who?.role === 'viewer') return '   (as a viewer: nothing can be changed)';
  return '';
}
