import type { Command, Option } from '../command.ts';
import { COMMON_EXITS, COMMON_OPTIONS_SHOWN, usageOf } from './manual.ts';

const WIDTH = 80;
const EXAMPLES_FIRST = 2;
const COLUMN_MAX = 30;

/** All there is, a line each. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    'Usage: 3cx-relay <command> [options]',
    '',
    '  3cx-relay status     how everything is, on one screen',
    '  3cx-relay doctor     what is wrong, why, and what to do',
    '',
    'Commands:',
    ...columns(rows),
    '',
    "'3cx-relay help <command>' tells more of one.",
    '',
  ].join('\n');
}

/** One command, or all verbs of a word: examples first, then what can be given. */
export function helpText(command: Command): string {
  const { name, summary, about, examples, options, places = {}, exits = {} } = command;
  const shown = examples.map(([args, what]) => [`3cx-relay ${args}`, what] as const);
  const more = shown.slice(EXAMPLES_FIRST);
  const section = (title: string, lines: string[]): string[] =>
    lines.length === 0 ? [] : ['', `${title}:`, ...lines];
  return [
    `3cx-relay ${name}: ${summary}`,
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

export function optionRow([name, option]: readonly [string, Option]): readonly [string, string] {
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

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(COLUMN_MAX, Math.max(0, ...rows.map(([left]) => left.length)));
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
