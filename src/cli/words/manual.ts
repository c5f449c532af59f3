import type { Command, Option, Place } from '../command.ts';
import { COMMON_OPTIONS } from './common-options.ts';

/** What help and man page say of every command. */
export const COMMON_OPTIONS_SHOWN: Record<string, Option> = {
  ...COMMON_OPTIONS,
  help: { type: 'boolean', alias: 'h', default: false, describe: 'This text' },
};

const COMMON_EXITS: Record<string, string> = {
  0: 'done',
  1: 'failed for another reason',
  2: 'wrong usage, or a configuration that is not valid',
  3: 'the daemon does not run, or its socket cannot be reached',
  4: 'not allowed: login, role, key or rights of the socket',
  5: 'there is no such thing',
  6: 'the phone system or its database is away, or refused',
  7: 'it took too long',
  8: 'found something: doctor, status, or a dry run that would change something',
  '130, 143': 'stopped by Ctrl-C, by SIGTERM',
};

export function usageOf({ name, places = {}, options }: Command): string {
  const needed = Object.entries(options)
    .filter(([, { required }]) => required)
    .map(([option, what]) => longForm(option, what));
  const forms = Object.entries(places).map(([place, { many, optional }]) => {
    const form = many ? `${place}...` : place;
    return optional ? `[${form}]` : `<${form}>`;
  });
  return ['3cx-relay', name, ...forms, ...needed, '[options]'].join(' ');
}

/** `--yes`, or `--no-color` of what holds when nothing is said. */
export function flagOf(name: string, { default: usual }: Option): string {
  return usual === true ? `--no-${name}` : `--${name}`;
}

/** `--limit <number>` */
export function longForm(name: string, option: Option): string {
  const { type } = option;
  return `${flagOf(name, option)}${type === 'boolean' ? '' : ` <${type === 'number' ? 'number' : 'text'}>`}`;
}

/** What it does, what can be given, and what holds without it. */
export function meaningOf({ describe, choices, many, ...option }: Option | Place): string {
  const { type, required, default: usual }: Partial<Option> = 'type' in option ? option : {};
  const marks = [
    ...(required ? ['needed'] : []),
    ...(many ? ['may be repeated'] : []),
    ...(type !== 'boolean' && usual !== undefined ? [`otherwise ${usual}`] : []),
  ];
  const all = choices === undefined ? describe : `${describe}: ${choices.join(', ')}`;
  return marks.length === 0 ? all : `${all} (${marks.join('; ')})`;
}

/** Of a command, or of all verbs of a word. One that says what 0 means has no others than its own. */
export function exitsOf(commands: readonly Command[]): Record<string, string> {
  const own: Record<string, string> = Object.assign({}, ...commands.map(({ exits }) => exits));
  return '0' in own ? own : { ...COMMON_EXITS, ...own };
}
