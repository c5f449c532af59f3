import { clean } from '../../shared/telling/cells.ts';
import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer } from '../dashboard.ts';
import type { Area, Line } from '../text/line.ts';
import { linesOfText } from '../text/paragraph.ts';
import { Field, fieldSpans } from './field.ts';

interface Question {
  name: string;
  /** What will happen, and whether it can be undone. */
  says: string;
  /** Must be typed before it is done; without it `y` is enough. */
  word?: string;
  onYes(): void;
}

/** Asked before anything is destroyed. */
export class Confirm implements Layer {
  readonly name: string;
  readonly place = 'box';
  readonly #question: Question;
  readonly #field = new Field();

  constructor(question: Question) {
    this.name = question.name;
    this.#question = question;
  }

  hints(): readonly Hint[] {
    const { word } = this.#question;
    if (word === undefined)
      return [
        ['y', 'do it'],
        ['escape', 'leave it'],
      ];
    return [
      ['enter', 'do it'],
      ['escape', 'leave it'],
    ];
  }

  lines({ width }: Area): readonly Line[] {
    const { says, word } = this.#question;
    const text = linesOfText(says, width);
    if (word === undefined)
      return [...text, [], [['strong', 'y'], ' to do it, ', ['strong', 'Esc'], ' to leave it']];
    return [
      ...text,
      [],
      ['Type ', ['strong', word], ' and press Enter to do it, or Esc to leave it:'],
      [['accent', '> '], ...fieldSpans(this.#field, width - 2)],
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    const { word } = this.#question;
    const { key } = press;
    if (key === 'escape' || (word === undefined && (key === 'n' || key === 'q')))
      return dashboard.close(this);
    if (word === undefined) {
      if (key === 'y') this.#do(dashboard);
      return;
    }
    if (key === 'enter') {
      // As it is shown: what cannot be seen in a name cannot be typed either.
      if (this.#field.text.trim() === clean(word).trim()) return this.#do(dashboard);
      return dashboard.say('warn', `That is not ${word}: nothing was done.`);
    }
    this.#field.press(press);
    dashboard.publisher.now();
  }

  #do(dashboard: Dashboard): void {
    dashboard.close(this);
    this.#question.onYes();
  }
}
