import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer, ScreenFilter } from '../dashboard.ts';
import { type Area, type Line, widthOfLine } from '../text/line.ts';
import { Field, fieldSpans, pasteInto } from './field.ts';

/** Written below the list, which follows with every letter. */
export class FilterLine implements Layer {
  readonly name = 'filter';
  readonly place = 'foot';
  readonly #filter: ScreenFilter;
  readonly #before: string;
  readonly #field: Field;
  #isRefused = false;

  constructor(filter: ScreenFilter) {
    this.#filter = filter;
    this.#before = filter.text;
    this.#field = new Field(filter.text);
  }

  hints(): readonly Hint[] {
    return [
      ['enter', 'keep'],
      ['escape', this.#escaped === '' ? 'no filter' : 'as before'],
      ['tab', 'complete'],
    ];
  }

  lines({ width }: Area, dashboard: Dashboard): readonly Line[] {
    const { left, all, fault } = this.#filter.count(dashboard);
    const refusal = this.#isRefused ? 'Nothing is left out: ' : '';
    const count: Line =
      fault === null ? [['dim', `  ${left} of ${all}`]] : [['warn', `  ${refusal}${fault}`]];
    const room = Math.max(Math.floor(width / 2), width - 1 - widthOfLine(count));
    const words = this.#filter.words.map(word => `${word}:`).join(' ');
    return [
      [['dim', `Words, -without, ${words}`]],
      [['accent', '/'], ...fieldSpans(this.#field, room), ...count],
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    if (press.key === 'enter') this.#keep(dashboard);
    else if (press.key === 'escape') {
      this.#filter.text = this.#escaped;
      dashboard.close(this);
    } else if (press.key === 'tab') this.#complete(dashboard);
    else if (this.#field.press(press)) this.#written(dashboard);
  }

  paste(text: string, dashboard: Dashboard): void {
    pasteInto(this.#field, text, dashboard);
    this.#written(dashboard);
  }

  /** What it was before; from there, none. */
  get #escaped(): string {
    return this.#field.text === this.#before ? '' : this.#before;
  }

  /** A filter that is not understood leaves nothing out: nobody may go on as if it did. */
  #keep(dashboard: Dashboard): void {
    const { fault } = this.#filter.count(dashboard);
    if (fault === null) return dashboard.close(this);
    this.#isRefused = true;
    dashboard.publisher.now();
  }

  /** As far as all words that fit begin alike. */
  #complete(dashboard: Dashboard): void {
    const [, before = '', sign = '', typed = ''] = /^(.* )?([-!]|--)?([a-z]*)$/i.exec(this.#field.text) ?? [];
    const fitting = this.#filter.words.filter(word => word.startsWith(typed.toLowerCase()));
    const [first] = fitting;
    if (first === undefined) return;
    let common = first;
    for (const word of fitting) while (!word.startsWith(common)) common = common.slice(0, -1);
    this.#field.text = before + sign + common + (fitting.length === 1 ? ':' : '');
    this.#written(dashboard);
  }

  #written(dashboard: Dashboard): void {
    this.#filter.text = this.#field.text;
    this.#isRefused = false;
    dashboard.publisher.now();
  }
}
