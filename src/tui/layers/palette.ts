import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Hint, Layer } from '../dashboard.ts';
import { type Area, chosen, type Line } from '../text/line.ts';
import { Field, fieldSpans, pasteInto } from './field.ts';

const SHOWN = 8;
const NAME_WIDTH = 24;

/** `:` and the name of what is to be done, from any screen. */
export class Palette implements Layer {
  readonly name = 'command';
  readonly place = 'foot';
  readonly #field: Field;
  #index = 0;

  constructor(text = '') {
    this.#field = new Field(text);
  }

  hints(): readonly Hint[] {
    return [
      ['tab', 'complete'],
      ['enter', 'do it'],
      ['escape', 'back'],
    ];
  }

  lines({ width }: Area, dashboard: Dashboard): readonly Line[] {
    const found = this.#found(dashboard);
    this.#index = Math.max(0, Math.min(this.#index, found.length - 1));
    const from = Math.max(0, this.#index - SHOWN + 1);
    const rows = found.slice(from, from + SHOWN).map((action, at): Line => {
      const line: Line = [`  ${action.name.padEnd(NAME_WIDTH)} `, ['dim', action.why]];
      return from + at === this.#index ? chosen(line, width) : line;
    });
    const none: Line[] = [[['warn', '  There is no such command here.']]];
    return [...(rows.length === 0 ? none : rows), [['accent', ':'], ...fieldSpans(this.#field, width - 1)]];
  }

  press(press: Press, dashboard: Dashboard): void {
    const found = this.#found(dashboard);
    const { key } = press;
    const isEmpty = this.#field.text === '';
    if (key === 'escape' || (key === 'backspace' && isEmpty)) return dashboard.close(this);
    if (key === 'enter') {
      const action = found[this.#index];
      if (action === undefined) return dashboard.say('warn', `There is no command ${this.#field.text}.`);
      dashboard.close(this);
      return action.run(dashboard);
    }
    if (key === 'up' || key === 'shift-tab') this.#index -= 1;
    else if (key === 'down') this.#index += 1;
    else if (key === 'tab') this.#complete(found);
    else if (this.#field.press(press)) this.#index = 0;
    dashboard.publisher.now();
  }

  paste(text: string, dashboard: Dashboard): void {
    pasteInto(this.#field, text, dashboard);
    dashboard.publisher.now();
  }

  /** As far as all that fit begin alike; when that is no further, the next of them. */
  #complete(found: readonly Action[]): void {
    const names = found.map(({ name }) => name).filter(name => name.startsWith(this.#field.text));
    const [first = ''] = names;
    let common = first;
    for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
    if (common.length > this.#field.text.length) this.#field.text = common;
    else this.#index = (this.#index + 1) % Math.max(1, found.length);
  }

  /** Those that begin so come first. */
  #found(dashboard: Dashboard): Action[] {
    const typed = this.#field.text.toLowerCase();
    const begins = ({ name }: Action): number => (name.startsWith(typed) ? 0 : 1);
    const elsewhere = typed === '' ? [] : actionsElsewhere(dashboard);
    return [...dashboard.actions(), ...elsewhere]
      .filter(({ name, why }) =>
        typed.split(' ').every(word => `${name} ${why}`.toLowerCase().includes(word)),
      )
      .toSorted((a, b) => begins(a) - begins(b));
  }
}

/** What other screens can do: it leads there, where what it is done to can be chosen. */
function actionsElsewhere(dashboard: Dashboard): Action[] {
  return dashboard.screens
    .filter(screen => screen !== dashboard.screen)
    .flatMap(screen =>
      screen.actions
        .filter(({ key, changes }) => key !== 'enter' && (!changes || dashboard.mayChange))
        .map(({ name, why }) => ({
          name,
          label: '',
          why: `${why} (on ${screen.title}, screen ${screen.key})`,
          run: () => dashboard.go(screen),
        })),
    );
}
