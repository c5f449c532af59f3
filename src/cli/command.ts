import type { Answer } from './output/answer.ts';

/**
 * What a command is called, takes and gives. Parsing, `--help`, man pages, completion and docs/cli-json.md are all made
 * from this.
 */
export interface Command {
  /** The words that call it: `keys create`. */
  name: string;
  summary: string;
  /** What the summary has no room for; help and man page show it. */
  about?: string;
  /** Named as they stand after the words; `many` takes the rest. */
  places?: Record<string, Place>;
  options: Record<string, Option>;
  /** Without the program's name: the arguments, and what they are for. The first two are shown first. */
  examples: readonly (readonly [args: string, what: string])[];
  /** `<name>/<version>` of what `--json` prints: one document, or with `lines` one event a line. */
  json?: { schema: string; lines?: true } | undefined;
  /** Exit codes beside those that every command has. */
  exits?: Record<number, string>;
}

/** A command and what it does, which is loaded only when it is called. */
export interface Runnable {
  command: Command;
  /** Null when the command has printed by itself, as streams do. */
  run(given: Common): Promise<Answer | null>;
}

export interface Place {
  describe: string;
  many?: boolean;
  optional?: boolean;
  choices?: readonly string[];
  live?: Live;
}

export interface Option {
  type: 'string' | 'number' | 'boolean';
  /** What it does when it is given; of one that is true by default, what its `--no-` form does. */
  describe: string;
  alias?: string;
  /** May be given several times. */
  many?: boolean;
  required?: boolean;
  default?: string | number | boolean;
  choices?: readonly string[];
  /** What completion asks the daemon for. */
  live?: Live;
}

/** Values that only the running daemon knows, or the file system. */
export type Live = 'key-id' | 'user-name' | 'client-id' | 'error-id' | 'call-id' | 'dn' | 'file';

/** What every command takes. */
export interface Common {
  json: boolean;
  plain: boolean;
  /** False after `--no-color`. */
  color: boolean;
  /** False after `--no-input`: nobody is asked anything. */
  input: boolean;
  verbose: boolean;
  quiet: boolean;
  'show-numbers': boolean;
  timeout: string;
  socket: string | undefined;
}

type Value<One extends Option> = One['type'] extends 'boolean'
  ? boolean
  : One['type'] extends 'number'
    ? number
    : One extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;

type OptionValue<One extends Option> = One extends { many: true }
  ? Value<One>[] | undefined
  : One extends { type: 'boolean' } | { required: true } | { default: string | number | boolean }
    ? Value<One>
    : Value<One> | undefined;

type PlaceValue<One extends Place> = One extends { many: true }
  ? string[]
  : One extends { choices: readonly (infer Choice)[] }
    ? Choice | (One extends { optional: true } ? undefined : never)
    : One extends { optional: true }
      ? string | undefined
      : string;

/** Every option and place under its name. */
type Given<
  Options extends Record<string, Option>,
  Places extends Record<string, Place> = Record<never, never>,
> = Common & { [Name in keyof Options]: OptionValue<Options[Name]> } & {
  [Name in keyof Places]: PlaceValue<Places[Name]>;
};

interface Definition<Options extends Record<string, Option>, Places extends Record<string, Place>>
  extends Omit<Command, 'options' | 'places'> {
  options?: Options;
  places?: Places;
}

/** Carries what its code is given, for the compiler only. */
interface Typed<TheGiven> extends Command {
  readonly givenType?: TheGiven;
}

/** What the code of this command gets. */
export type GivenOf<One> = One extends Typed<infer TheGiven> ? TheGiven : never;

export function command<
  const Options extends Record<string, Option> = Record<never, never>,
  const Places extends Record<string, Place> = Record<never, never>,
>(definition: Definition<Options, Places>): Typed<Given<Options, Places>> {
  return { ...definition, options: definition.options ?? {} };
}

/** Joins a command with its code. Sound because the parser hands every command just what its own table made. */
export function on<TheGiven>(
  which: Typed<TheGiven>,
  run: (given: TheGiven) => Promise<Answer | null>,
): Runnable {
  return { command: which, run: run as Runnable['run'] };
}

/** For everything that cannot be undone. */
export const YES = {
  yes: { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' },
} as const satisfies Record<string, Option>;

/** For everything that changes something. */
export const DRY_RUN = {
  'dry-run': {
    type: 'boolean',
    default: false,
    describe: 'Say what would be done and change nothing; exit code 8 when something would change',
  },
} as const satisfies Record<string, Option>;
