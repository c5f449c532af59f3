import type { Command, Option } from '../command.ts';
import { COMMON_EXITS, COMMON_OPTIONS_SHOWN, usageOf } from './manual.ts';
import { GROUPS, THEMES } from './themes.ts';

const WIDTH = 80;
const EXAMPLES_FIRST = 2;
const COLUMN_MAX = 30;
const OVERVIEW_COLUMN = 11;

/** All there is, a line a word. */
export function overview(commands: readonly Command[]): string {
  const groups = Map.groupBy(commands, ({ name }) => name.split(' ')[0] ?? '');
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
  const { name, summary, about, examples, options, places = {}, exits = {} } = command;
  const shown = examples.map(([args, what]) => [`3cx-relay ${args}`, what] as const);
  const more = shown.slice(EXAMPLES_FIRST);
  return [
    ...wrapped(`3cx-relay ${name}: ${summary}`, 0),
    ...section('Examples', stacked(shown.slice(0, EXAMPLES_FIRST))),
    ...section('Usage', [`  ${usageOf(command)}`]),
    ...(about === undefined ? [] : ['', ...wrapped(about, 0)]),
    ...section(
      'Given',
      columns(
        Object.entries(places).map(([word, { describe, choices }]) => [word, withChoices(describe, choices)]),
      ),
    ),
    ...section('Options', columns(Object.entries(options).map(optionRow))),
    ...section('Options of every command', columns(Object.entries(COMMON_OPTIONS_SHOWN).map(optionRow))),
    ...section('More examples', stacked(more)),
    ...section('Exit codes', columns(Object.entries({ ...COMMON_EXITS, ...exits }))),
    '',
  ].join('\n');
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function optionRow([name, option]: readonly [string, Option]): readonly [string, string] {
  const { alias, type, many, required, choices } = option;
  const value = type === 'boolean' ? '' : ` <${type === 'number' ? 'number' : 'text'}>`;
  const marks = [
    ...(required ? ['needed'] : []),
    ...(many ? ['may be repeated'] : []),
    ...(type !== 'boolean' && option.default !== undefined ? [`otherwise ${option.default}`] : []),
  ];
  const negated = option.default === true ? `no-${name}` : name;
  const left = `${alias === undefined ? '    ' : `-${alias}, `}--${negated}${value}`;
  const marked = marks.length === 0 ? '' : ` (${marks.join('; ')})`;
  return [left, `${withChoices(option.describe.replace(/^--no-\w+: /, ''), choices)}${marked}`];
}

function withChoices(describe: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? describe : `${describe}: ${choices.join(', ')}`;
}

function columns(rows: readonly (readonly [string, string])[], least = 0): string[] {
  const width = Math.min(COLUMN_MAX, Math.max(least, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, width + 4);
    if (left.length > width) return [`  ${left}`, ...lines];
    return [`  ${left.padEnd(width)}  ${lines[0]?.trimStart() ?? ''}`.trimEnd(), ...lines.slice(1)];
  });
}

/** The line to copy, and below it what it does. */
function stacked(rows: readonly (readonly [string, string])[]): string[] {
  return rows.flatMap(([line, what]) => [`  ${line}`, ...wrapped(what, 6)]);
}

function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(one => ' '.repeat(indent) + one);
}
