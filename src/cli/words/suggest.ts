import { CliError } from '../../shared/control/cli-error.ts';
import type { Command, Option } from '../command.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import { commandOf } from './which-command.ts';

const DISTANCE_MAX = 2;
const COMMON_NAMES = new Set([
  ...Object.entries<Option>(COMMON_OPTIONS).flatMap(([name, { alias = name }]) => [
    name,
    `no-${name}`,
    alias,
  ]),
  ...['help', 'h', 'version', 'V'],
]);
export const NO_COMMAND = 'Which command?';

/** The parser's complaint in words of ours, with the nearest of what there is, and where to read on. */
export function complaint(message: string, args: readonly string[], commands: readonly Command[]): CliError {
  const meant = commandOf(commands, wordsOf(args));
  const topic = meant === undefined ? '--help' : `help ${meant.name}`;
  return new CliError(
    'E_USAGE',
    said(message, args, commands),
    `Run '3cx-relay ${topic}' to see what there is.`,
  );
}

function wordsOf(args: readonly string[]): string[] {
  return args.filter(arg => !arg.startsWith('-'));
}

function said(message: string, args: readonly string[], commands: readonly Command[]): string {
  const [, unknown] = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message) ?? [];
  if (unknown !== undefined) {
    const isOption = args.some(arg => optionsIn(arg).includes(unknown));
    return isOption ? unknownOption(unknown, args, commands) : unknownWord(unknown, args, commands);
  }
  const [, missing] = /^Missing required arguments?: (.+)$/.exec(message) ?? [];
  if (missing !== undefined) return `${listed(missing)} must be given.`;
  const [, valueless] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  if (valueless !== undefined) return `--${valueless} needs a value.`;
  const [, name, value, choices] =
    /Argument: ([^,]+), Given: (.+), Choices: (.+)/.exec(message.replaceAll('\n', ' ')) ?? [];
  if (name !== undefined) return `${nameOf(name, args)} is ${value}, and must be one of ${choices}.`;
  if (message.startsWith('Not enough non-option arguments')) {
    const places = Object.entries(commandOf(commands, wordsOf(args))?.places ?? {});
    const needed = places.filter(([, { optional }]) => !optional).map(([place]) => `<${place}>`);
    return `${needed.join(' and ')} must be given.`;
  }
  // The parser takes the word behind an option it does not know for its value.
  const first = args.flatMap(optionsIn).find(name => !COMMON_NAMES.has(name));
  if (message === NO_COMMAND && first !== undefined) return unknownOption(first, args, commands);
  return message.replaceAll('\n', ' ');
}

/** Names without their values, which may be secrets: `--token=x`, and `-px` as `p` and `x`. */
function optionsIn(arg: string): string[] {
  if (arg.startsWith('--')) return [arg.slice(2).replace(/=.*$/s, '')];
  return arg.startsWith('-') ? [...arg.slice(1).replace(/=.*$/s, '')] : [];
}

function listed(names: string): string {
  return names
    .split(', ')
    .map(name => `--${name}`)
    .join(' and ');
}

function nameOf(name: string, args: readonly string[]): string {
  return args.some(arg => arg.startsWith(`--${name}`)) ? `--${name}` : `<${name}>`;
}

function unknownOption(name: string, args: readonly string[], commands: readonly Command[]): string {
  const known = [COMMON_OPTIONS, commandOf(commands, wordsOf(args))?.options ?? {}].flatMap(Object.keys);
  const dashes = name.length === 1 ? '-' : '--';
  return `There is no option "${dashes}${name}".${nearest(name, known, '--')}`;
}

function unknownWord(name: string, args: readonly string[], commands: readonly Command[]): string {
  const meant = commandOf(commands, wordsOf(args));
  const hasVerbs = commands.some(command => command.name.startsWith(`${meant?.name} `));
  // It is not shown: it may be a password, put where none belongs.
  if (meant && !hasVerbs) {
    const places = Object.keys(meant.places ?? {}).map(place => `<${place}>`);
    return places.length === 0
      ? `${meant.name} takes options only, and was given a word.`
      : `${meant.name} takes ${places.join(' and ')}, and was given more.`;
  }
  const group = args.find(arg => commands.some(command => command.name.startsWith(`${arg} `)));
  const isVerb = group !== undefined && args.indexOf(group) < args.lastIndexOf(name);
  const verbs = commands.filter(command => command.name.startsWith(`${group} `));
  if (isVerb) {
    const known = verbs.map(verb => verb.name.slice(group.length + 1));
    return `${group} has no "${name}".${nearest(name, known)} It has: ${known.join(', ')}.`;
  }
  const known = commands.map(command => command.name.split(' ')[0] ?? '');
  return `There is no command "${name}".${nearest(name, known)}`;
}

function nearest(name: string, known: readonly string[], lead = ''): string {
  const near = known
    .map(word => ({ word, distance: word.startsWith(name) ? 1 : distanceOf(name, word) }))
    .filter(({ distance }) => distance <= DISTANCE_MAX)
    .toSorted((a, b) => a.distance - b.distance);
  return near[0] === undefined ? '' : ` Did you mean "${lead}${near[0].word}"?`;
}

/** Letters to put in, take out, change or swap with their neighbour until one word is the other. */
function distanceOf(one: string, other: string): number {
  let older: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    older = last;
    last = row;
  }
  return last[other.length] ?? 0;
}
