import type { Clock } from '../clock.ts';
import type { Action } from '../exchange/actions/action.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { Step, Story } from './story.ts';

interface PlayerParts {
  clock: Clock;
  switchboard: Switchboard;
  perform: (action: Action) => boolean;
}

interface Performance {
  steps: { step: Step; cancel: () => void; isOver: boolean }[];
  end: () => void;
}

const MS_PER_SECOND = 1000;

/** Plays stories on the clock, any number at once, and leaves nobody on the phone whatever happens meanwhile. */
export class StoryPlayer {
  readonly #parts: PlayerParts;
  readonly #running = new Set<Performance>();
  /** The one whose step is being performed right now. */
  #acting: Performance | undefined;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
    parts.switchboard.onOccurrence(({ kind }) => {
      if (kind === 'restarted') this.#onRestart();
    });
  }

  /**
   * Puts every step on the clock, from now on. Resolves when the last one is played, or when nothing more will be.
   * The prefix is put before each call's name, so that a story can be played many times at once.
   */
  play(story: Story, prefix: string): Promise<void> {
    const { clock } = this.#parts;
    return new Promise(resolve => {
      const performance: Performance = { steps: [], end: () => this.#end(performance, prefix, resolve) };
      this.#running.add(performance);
      for (const step of story.steps) {
        const planned = { step, isOver: false, cancel: () => {} };
        planned.cancel = clock.after(step.at * MS_PER_SECOND, () => {
          planned.isOver = true;
          this.#perform(performance, step, prefix);
          endIfOver(performance);
        });
        performance.steps.push(planned);
      }
      endIfOver(performance);
    });
  }

  /** Nothing more will be played. */
  stop(): void {
    for (const performance of this.#running) {
      callOff(performance.steps);
      performance.end();
    }
  }

  #perform(performance: Performance, { at: _at, ...action }: Step, prefix: string): void {
    this.#acting = performance;
    try {
      this.#parts.perform(withPrefix(action, prefix));
    } finally {
      this.#acting = undefined;
    }
  }

  /** All calls are gone. What was to become of them is called off, or it would begin half of a story. */
  #onRestart(): void {
    for (const performance of this.#running) {
      // Who tells of a restart plays on after it.
      if (performance === this.#acting) continue;
      const left = performance.steps.filter(({ isOver }) => !isOver);
      const own = left.findIndex(({ step }) => step.do === 'restart');
      callOff(own < 0 ? left : left.slice(0, own));
      endIfOver(performance);
    }
  }

  /** A call that lost its story's thread, such as by a drop from elsewhere, would stay for ever. */
  #end(performance: Performance, prefix: string, resolve: () => void): void {
    this.#running.delete(performance);
    const names = performance.steps.flatMap(({ step }) =>
      step.do === 'restart' ? [] : [prefix + step.call],
    );
    for (const call of new Set(names)) {
      if (!this.#parts.switchboard.calls.has(call)) continue;
      this.#parts.perform({ do: 'hangUp', call, by: 'caller' });
    }
    resolve();
  }
}

function endIfOver({ steps, end }: Performance): void {
  if (steps.every(({ isOver }) => isOver)) end();
}

function callOff(steps: Performance['steps']): void {
  for (const planned of steps) {
    planned.isOver = true;
    planned.cancel();
  }
}

function withPrefix(action: Action, prefix: string): Action {
  if (action.do === 'restart') return action;
  if (action.do === 'join') return { ...action, call: prefix + action.call, with: prefix + action.with };
  return { ...action, call: prefix + action.call };
}
