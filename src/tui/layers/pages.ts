import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Hint, Layer } from '../dashboard.ts';
import type { Area, Line } from '../text/line.ts';
import { Help } from './help.ts';

interface PagesOptions {
  name: string;
  /** Made anew for each frame: what is shown stays true. */
  lines(width: number): readonly Line[];
  /** More keys than those that move and close. */
  keys?: Record<string, (dashboard: Dashboard) => void>;
  hints?: readonly Hint[];
  /** Keys of these work here too: they concern what is shown. */
  actions?: readonly Action[];
}

/** Text that can be gone through, in place of the screen. */
export class Pages implements Layer {
  readonly name: string;
  readonly place = 'body';
  readonly #options: PagesOptions;
  #top = 0;
  #height = 1;
  #count = 0;

  constructor(options: PagesOptions) {
    this.name = options.name;
    this.#options = options;
  }

  hints(dashboard: Dashboard): readonly Hint[] {
    const moves: readonly Hint[] = this.#count > this.#height ? [['j k', 'move']] : [];
    const actions = this.#actions(dashboard).map(({ key = '', label }): Hint => [key, label]);
    return [...(this.#options.hints ?? []), ...actions, ...moves, ['escape', 'back']];
  }

  lines({ width, height }: Area): readonly Line[] {
    const all = this.#options.lines(width);
    this.#height = height;
    this.#count = all.length;
    this.#top = Math.max(0, Math.min(this.#top, all.length - height));
    return all.slice(this.#top, this.#top + height);
  }

  press({ key }: Press, dashboard: Dashboard): void {
    const page = Math.max(1, this.#height - 1);
    const steps: Record<string, number> = {
      ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page, space: page },
      ...{ home: -this.#count, g: -this.#count, end: this.#count, G: this.#count },
    };
    const step = steps[key];
    if (step !== undefined) {
      this.#top = Math.max(0, this.#top + step);
      dashboard.publisher.now();
    } else if (key === 'escape' || key === 'q' || key === 'enter') dashboard.close(this);
    else if (key === '?') dashboard.open(new Help());
    else if (this.#options.keys?.[key]) this.#options.keys[key](dashboard);
    else
      this.#actions(dashboard)
        .find(action => action.key === key)
        ?.run(dashboard);
  }

  #actions(dashboard: Dashboard): Action[] {
    return (this.#options.actions ?? []).filter(action => dashboard.can(action));
  }
}
