import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer, ScreenFilter } from '../dashboard.ts';
import type { Area, Line } from '../text/line.ts';
import { Field } from './field.ts';

/** Written below the list, which follows with every letter. */
export class FilterLine implements Layer {
  readonly name = 'filter';
  readonly place = 'foot';
  readonly #filter: ScreenFilter;
  readonly #before: string;
  readonly #field: Field;

  constructor(filter: ScreenFilter) {
    this.#filter = filter;
    this.#before = filter.text;
    this.#field = new Field(filter.text);
  }

  hints(): readonly Hint[] {
    return [
      ['enter', 'keep'],
      ['escape', this.#field.text === '' || this.#before === '' ? 'no filter' : 'as before'],
      ['tab', 'complete'],
    ];
  }

  lines(_: Area, dashboard: Dashboard): readonly Line[] {
    const { left, all, fault } = this.#filter.count(dashboard);
    const [before, under, after] = this.#field.parts;
    const count: Line = fault === null ? [['dim', `  ${left} of ${all}`]] : [['warn', `  ${fault}`]];
    const words = this.#filter.words.map(word => `${word}:`).join(' ');
    return [
      [['dim', `Words, -without, ${words}`]],
      [['accent', '/'], before, ['chosen', under], after, ...count],
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    if (press.key === 'enter') dashboard.close(this);
    else if (press.key === 'escape') {
      this.#filter.text = this.#field.text === this.#before ? '' : this.#before;
      dashboard.close(this);
    } else if (press.key === 'tab') this.#complete(dashboard);
    else if (this.#field.press(press)) this.#written(dashboard);
  }

  paste(text: string, dashboard: Dashboard): void {
    this.#field.write(text);
    this.#written(dashboard);
  }

  #complete(dashboard: Dashboard): void {
    const words = this.#field.text.split(' ');
    const last = words.at(-1) ?? '';
    const [only, ...others] = this.#filter.words.filter(word => word.startsWith(last));
    if (only === undefined || others.length > 0) return;
    this.#field.text = [...words.slice(0, -1), `${only}:`].join(' ');
    this.#written(dashboard);
  }

  #written(dashboard: Dashboard): void {
    this.#filter.text = this.#field.text;
    dashboard.publisher.now();
  }
}
