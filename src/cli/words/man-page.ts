import { VERSION } from '../../shared/version.ts';
import type { Command, Option } from '../command.ts';
import { groupSummary } from './help.ts';
import { COMMON_OPTIONS_SHOWN, exitsOf, longForm, meaningOf, usageOf } from './manual.ts';
import { byFirstWord } from './which-command.ts';

/** A page of the manual: the name of its file, and its text in roff. */
export interface ManPage {
  file: string;
  text: string;
}

const ENVIRONMENT: Record<string, string> = {
  RELAY_HOME: 'One folder for all of ours instead of the system’s: for development and demo.',
  NO_COLOR: 'Without colour. FORCE_COLOR does the opposite; TERM=dumb is obeyed.',
  XDG_STATE_HOME: 'Where a login is kept: 3cx-relay/logins.json, otherwise below ~/.local/state.',
};

const FILES: Record<string, string> = {
  '/etc/3cx-relay/relay.env': 'the configuration',
  '/var/lib/3cx-relay': 'state, event log and backups',
  '/run/3cx-relay/control.sock': 'where the daemon is asked',
  '/run/3cx-relay/operator.token': 'what lets root and the service’s user do everything',
};

/** One page for the whole, and one for each word: all made from what `--help` is made from. */
export function manPages(commands: readonly Command[]): ManPage[] {
  const groups = [...byFirstWord(commands)];
  return [
    { file: '3cx-relay.1', text: wholePage(groups) },
    ...groups.map(([word, group]) => ({ file: `3cx-relay-${word}.1`, text: wordPage(word, group) })),
  ];
}

type Groups = readonly (readonly [word: string, group: readonly Command[]])[];

function wholePage(groups: Groups): string {
  return page('3cx-relay', 'hands on what a 3CX phone system knows of its calls', [
    section('SYNOPSIS', ['.B 3cx-relay', '.I command', '[options]']),
    section('DESCRIPTION', [
      esc(
        'Runs beside a 3CX phone system, takes its live events and records, and gives them to programs; operators look after it with these commands. Start with 3cx-relay status.',
      ),
    ]),
    section(
      'COMMANDS',
      groups.flatMap(([word, group]) => entry(word, groupSummary(word, group))),
    ),
    section('OPTIONS OF EVERY COMMAND', optionEntries(COMMON_OPTIONS_SHOWN)),
    section('EXIT STATUS', pairs(exitsOf([]))),
    section('ENVIRONMENT', pairs(ENVIRONMENT)),
    section('FILES', pairs(FILES)),
    section('SEE ALSO', [groups.map(([word]) => `.BR 3cx\\-relay\\-${esc(word)} (1)`).join(',\n')]),
  ]);
}

function wordPage(word: string, group: readonly Command[]): string {
  return page(`3cx-relay-${word}`, groupSummary(word, group), [
    section(
      'SYNOPSIS',
      group.flatMap((command, index) => [...(index === 0 ? [] : ['.br']), `.B ${esc(usageOf(command))}`]),
    ),
    ...group.map(command => partOf(command, group.length > 1)),
    section('OPTIONS OF EVERY COMMAND', optionEntries(COMMON_OPTIONS_SHOWN)),
    section('EXIT STATUS', pairs(exitsOf(group))),
    section('SEE ALSO', ['.BR 3cx\\-relay (1)']),
  ]);
}

function partOf(
  { name, summary, about, examples, options, places = {} }: Command,
  isTitled: boolean,
): string {
  const lines = [
    ...(isTitled ? [`.SH ${esc(name.toUpperCase())}`] : ['.SH DESCRIPTION']),
    esc(`${summary}.`),
    ...(about === undefined ? [] : ['.PP', esc(about)]),
    '.PP',
    'Examples:',
    ...examples.flatMap(([args, what]) => entry(`3cx-relay ${args}`, what)),
    ...Object.entries(places).flatMap(([word, place]) => entry(`<${word}>`, meaningOf(place))),
    ...optionEntries(options),
  ];
  return lines.join('\n');
}

function optionEntries(options: Record<string, Option>): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const { alias } = option;
    const head = `${alias === undefined ? '' : `-${alias}, `}${longForm(name, option)}`;
    return entry(head, meaningOf(option));
  });
}

function pairs(rows: Record<string, string>): string[] {
  return Object.entries(rows).flatMap(([name, text]) => entry(name, text));
}

function entry(head: string, text: string): string[] {
  return ['.TP', `.B ${esc(head)}`, esc(text)];
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n');
}

function page(name: string, what: string, sections: readonly string[]): string {
  const head = [`.TH ${esc(name.toUpperCase())} 1 "" "3cx\\-relay ${VERSION}" "3cx\\-relay"`];
  const title = [`.SH NAME`, `${esc(name)} \\- ${esc(what)}`];
  return `${[...head, ...title, ...sections].join('\n')}\n`;
}

function hexOf(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** What roff would take for its own, or cannot read. */
function esc(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/[^\x20-\x7e\n]/gu, char => `\\[u${hexOf(char)}]`)
    .replaceAll(/^([.'])/gm, '\\&$1');
}
