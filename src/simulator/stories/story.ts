import type { Action } from '../exchange/actions/action.ts';

/** Something that happens so many seconds after the story began. */
export type Step = { at: number } & Action;

/**
 * One telephone story, as data. `expected/<name>.txt` beside it tells what a client must see of it: frames,
 * participants, active calls and records.
 */
export interface Story {
  name: string;
  title: string;
  steps: Step[];
}
