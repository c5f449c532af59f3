import type { Stage } from './stage.ts';

export interface Size {
  columns: number;
  rows: number;
}

/** What there is a picture of, and how the dashboard gets there. */
export interface Scene {
  name: string;
  title: string;
  /** What goes wrong before it is taken. */
  before?: (stage: Stage) => Promise<void>;
  keys: readonly string[];
  /** Then it can be taken; the keys are pressed again now and then, until it does. */
  shows: RegExp;
  /** The same where there is no room for details. */
  showsSmall?: RegExp;
}

export const SIZES: readonly Size[] = [
  { columns: 120, rows: 40 },
  { columns: 80, rows: 24 },
];

/** How a terminal may be; the first is the one of the README. */
export const LOOKS: Record<string, { term?: string; environment?: Record<string, string>; args?: string[] }> =
  {
    color: {},
    '16-colors': { term: 'xterm' },
    'no-color': { environment: { NO_COLOR: '1' } },
    ascii: { args: ['--ascii'] },
  };

/** In this order: the last ones are of a phone system that something is wrong with. */
export const SCENES: readonly Scene[] = [
  {
    name: 'overview',
    title: 'Overview: three connections, what is wrong, calls and events over time',
    keys: ['1'],
    shows: /● up[\s\S]*Events a second, last|\[\+\] up[\s\S]*Events a second, last/,
  },
  {
    name: 'calls',
    title: 'Calls: every call of this moment, with its legs and what happened to it',
    // The newest, whose life is seen from its beginning.
    keys: ['2', 'G'],
    shows: /What happened[\s\S]*ringing[\s\S]*connected/,
    showsSmall: /connected/,
  },
  {
    name: 'keys',
    title: 'Keys: which program may do what, and what it asks for',
    keys: ['5', 'g', 'j', 'j', 'j'],
    shows: /wallboard[\s\S]*(Requests|active)/,
  },
  {
    name: 'errors',
    title: 'Errors: what went wrong and was survived, repeats counted',
    before: stage => stage.goWrong(),
    keys: ['4'],
    shows: /not_json[\s\S]*unknown_event_type|unknown_event_type[\s\S]*not_json/,
  },
  {
    name: 'overview-down',
    title: 'Overview when call control is down: the reason, and what to do',
    before: stage => stage.loseCallControl(),
    keys: ['1'],
    shows: /(✖|\[x\]) down|Wrong now/,
  },
];
