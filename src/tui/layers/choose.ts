import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer } from '../dashboard.ts';
import { type Area, chosen, type Line } from '../text/line.ts';
import { linesOfText } from '../text/paragraph.ts';

interface Choice {
  line: Line;
  onChosen(): void;
}

interface ChooseOptions {
  name: string;
  intro: string;
  choices: readonly Choice[];
  /** Where one stands first. */
  at?: number;
}

/** One of a few. */
export class Choose implements Layer {
  readonly name: string;
  readonly place = 'box';
  readonly #options: ChooseOptions;
  #at: number;

  constructor(options: ChooseOptions) {
    this.name = options.name;
    this.#options = options;
    this.#at = options.at ?? 0;
  }

  hints(): readonly Hint[] {
    return [
      ['enter', 'take it'],
      ['escape', 'back'],
    ];
  }

  lines({ width }: Area): readonly Line[] {
    const rows = this.#options.choices.map(({ line }, place) => {
      const shown: Line = [`${place + 1}  `, ...line];
      return place === this.#at ? chosen(shown, width) : shown;
    });
    return [...linesOfText(this.#options.intro, width), [], ...rows];
  }

  press({ key }: Press, dashboard: Dashboard): void {
    const { choices } = this.#options;
    const last = choices.length - 1;
    if (key === 'escape' || key === 'q') return dashboard.close(this);
    if (key === 'up' || key === 'k') this.#at = this.#at === 0 ? last : this.#at - 1;
    if (key === 'down' || key === 'j' || key === 'tab') this.#at = this.#at === last ? 0 : this.#at + 1;
    const named = choices[Number(key) - 1];
    const taken = key === 'enter' ? choices[this.#at] : named;
    if (taken === undefined) return dashboard.publisher.now();
    dashboard.close(this);
    taken.onChosen();
  }
}
