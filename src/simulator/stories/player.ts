import type { Clock } from '../clock.ts';
import type { Action } from '../exchange/actions/action.ts';
import type { Story } from './story.ts';

interface Play {
  clock: Clock;
  perform: (action: Action) => boolean;
  story: Story;
  /** Put before each call's name, so that a story can be played many times at once. */
  prefix: string;
}

const MS_PER_SECOND = 1000;

/** Puts every step on the clock, from now on. Returns how to stop what is left of it. */
export function play({ clock, perform, story, prefix }: Play): () => void {
  const cancels = story.steps.map(({ at, ...action }) =>
    clock.after(at * MS_PER_SECOND, () => {
      perform(withPrefix(action, prefix));
    }),
  );
  return () => {
    for (const cancel of cancels) cancel();
  };
}

function withPrefix(action: Action, prefix: string): Action {
  if (action.do === 'restart') return action;
  if (action.do === 'join') return { ...action, call: prefix + action.call, with: prefix + action.with };
  return { ...action, call: prefix + action.call };
}
