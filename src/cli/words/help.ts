import { wrapped } from '../../shared/telling/cells.ts';
import type { Command, Option } from '../command.ts';
import { COMMON_OPTIONS_SHOWN, exitsOf, longForm, meaningOf, usageOf } from './manual.ts';
import { GROUPS, THEMES } from './themes.ts';
import { byFirstWord } from './which-command.ts';

const WIDTH = 80;
const EXAMPLES_FIRST = 2;
const COLUMN_MAX = 30;
const OVERVIEW_COLUMN = 11;

/** All there is, a line a word. */
export function overview(commands: readonly Command[]): string {
  const groups = byFirstWord(commands);
  const rows = (words: readonly string[]): (readonly [string, string])[] =>
    words.flatMap(word => {
      const group = groups.get(word);
      return group === undefined ? [] : [[word, groupSummary(word, group)] as const];
    });
  const rest = [...groups.keys()].filter(word => !THEMES.some(([, words]) => words.includes(word)));
  return [
    'Usage: 3cx-relay <command> [options]',
    ...THEMES.flatMap(([title, words]) => section(title, columns(rows(words), OVERVIEW_COLUMN))),
    ...section('More', columns(rows(rest), OVERVIEW_COLUMN)),
    '',
    "Start with '3cx-relay status'; '3cx-relay help <command>' tells more of one.",
    '',
  ].join('\n');
}

export function groupSummary(word: string, group: readonly Command[]): string {
  const [only] = group;
  if (group.length === 1 && only?.name === word) return only.summary;
  const verbs = group.map(({ name }) => name.slice(word.length + 1)).filter(verb => verb !== '');
  return `${GROUPS[word] ?? only?.summary}: ${verbs.join(', ')}`;
}

/** One command, or all verbs of a word: examples first, then what can be given. */
export function helpText(command: Command): string {
  const { name, summary, about, examples, options, places = {} } = command;
  const shown = examples.map(([args, what]) => [`3cx-relay ${args}`, what] as const);
  const more = shown.slice(EXAMPLES_FIRST);
  return [
    ...lines(`3cx-relay ${name}: ${summary}`),
    ...section('Examples', stacked(shown.slice(0, EXAMPLES_FIRST))),
    ...section('Usage', [`  ${usageOf(command)}`]),
    ...(about === undefined ? [] : ['', ...lines(about)]),
    ...section('Given', columns(Object.entries(places).map(([word, place]) => [word, meaningOf(place)]))),
    ...section('Options', columns(Object.entries(options).map(optionRow))),
    ...section('Options of every command', columns(Object.entries(COMMON_OPTIONS_SHOWN).map(optionRow))),
    ...section('More examples', stacked(more)),
    ...section('Exit codes', columns(Object.entries(exitsOf([command])))),
    '',
  ].join('\n');
}

function section(title: string, body: string[]): string[] {
  return body.length === 0 ? [] : ['', `${title}:`, ...body];
}

function optionRow([name, option]: readonly [string, Option]): readonly [string, string] {
  const { alias } = option;
  return [`${alias === undefined ? '    ' : `-${alias}, `}${longForm(name, option)}`, meaningOf(option)];
}

function columns(rows: readonly (readonly [string, string])[], least = 0): string[] {
  const width = Math.min(COLUMN_MAX, Math.max(least, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    if (left.length > width) return [`  ${left}`, ...lines(right, width + 4)];
    return wrapped(right, { lead: `  ${left.padEnd(width)}  `, width: WIDTH });
  });
}

/** The line to copy, and below it what it does. */
function stacked(rows: readonly (readonly [string, string])[]): string[] {
  return rows.flatMap(([line, what]) => [`  ${line}`, ...lines(what, 6)]);
}

function lines(text: string, indent = 0): string[] {
  return wrapped(text, { lead: ' '.repeat(indent), width: WIDTH });
}
