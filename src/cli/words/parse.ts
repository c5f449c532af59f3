import yargs, { type Argv, type Options } from 'yargs';
import { UsageError } from '../../shared/exit-codes.ts';
import type { Command, Common, Option, Place, Runnable } from '../command.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import { complaint, NO_COMMAND } from './suggest.ts';

const NUMBER = /^-?\d+(\.\d+)?$/;

export interface Parsed {
  runnable: Runnable;
  given: Common;
}

/** Which command was meant, with all it was given. Throws a UsageError with a text for the person at the terminal. */
export async function parse(all: readonly Runnable[], args: string[]): Promise<Parsed> {
  let parsed: Parsed | null = null;
  const take = (runnable: Runnable) => (given: object) => {
    parsed = { runnable, given: checked(runnable.command, given as Record<string, unknown>) };
  };
  const line = yargs(withoutMark(args))
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
    })
    .scriptName('3cx-relay')
    .exitProcess(false)
    .help(false)
    .version(false)
    .strict()
    .demandCommand(1, NO_COMMAND)
    .fail((message, error) => {
      throw complaint(
        message ?? error.message,
        args,
        all.map(({ command }) => command),
      );
    });
  for (const [name, option] of Object.entries(COMMON_OPTIONS)) line.option(name, optionFor(option));
  for (const [word, group] of Map.groupBy(all, ({ command }) => command.name.split(' ')[0] ?? '')) {
    addGroup(line, word, group, take);
  }
  await line.parseAsync();
  if (parsed === null) throw new UsageError(NO_COMMAND);
  return parsed;
}

type Take = (runnable: Runnable) => (given: object) => void;

/** `status`, or `keys` with the verbs below it. A command whose name is the word alone runs without a verb. */
function addGroup(line: Argv, word: string, group: readonly Runnable[], take: Take): void {
  const add = (to: Argv, name: string, runnable: Runnable): void => {
    const { command } = runnable;
    to.command(placesOf(name, command), command.summary, args => withOptions(args, command), take(runnable));
  };
  const alone = group.find(({ command }) => command.name === word);
  const verbs = group.filter(one => one !== alone);
  if (verbs.length === 0 && alone) return add(line, word, alone);
  const under = (args: Argv): Argv => {
    const names = verbs.map(({ command }) => command.name.slice(word.length + 1));
    for (const [index, verb] of verbs.entries()) add(args, names[index] ?? '', verb);
    if (alone) add(args, '$0', alone);
    return alone ? args : args.demandCommand(1, `${word}: what to do with them? ${names.join(', ')}`);
  };
  line.command(word, false, under, () => {});
}

function placesOf(word: string, { places = {} }: Command): string {
  const forms = Object.entries(places).map(([name, { many, optional }]) => {
    const inside = many ? `${name}..` : name;
    return optional ? `[${inside}]` : `<${inside}>`;
  });
  return [word, ...forms].join(' ');
}

function withOptions(args: Argv, { options, places = {} }: Command): Argv {
  for (const [name, option] of Object.entries(options)) args.option(name, optionFor(option));
  for (const [name, place] of Object.entries(places)) args.positional(name, placeFor(place));
  return args;
}

function optionFor(option: Option): Options {
  const { type, describe, alias, many, required, choices } = option;
  return {
    // The parser reads an empty text as 0, and 0x10 as 16.
    type: type === 'number' ? 'string' : type,
    describe,
    ...(alias !== undefined && { alias }),
    // One value each, so that what stands after it is not swallowed.
    ...(many && { array: true, nargs: 1 }),
    ...(type !== 'boolean' && !many && { requiresArg: true }),
    ...(required && { demandOption: true }),
    ...(option.default !== undefined && { default: option.default }),
    ...(choices && { choices }),
  };
}

function placeFor({ describe, choices, many }: Place): Parameters<Argv['positional']>[1] {
  return { type: 'string', describe, ...(choices && { choices }), ...(many && { array: true }) };
}

/** Behind this mark nothing is an option. The parser would leave out what stands there. */
function withoutMark(args: readonly string[]): string[] {
  const at = args.indexOf('--');
  if (at < 0) return [...args];
  const words = args.slice(at + 1);
  if (words.some(word => word.length > 1 && word.startsWith('-'))) {
    throw new UsageError('Behind -- stands a word that begins with "-", and nothing here is called so.');
  }
  return [...args.slice(0, at), ...words];
}

/** The parser makes a list of what is given twice. An empty value is a variable that a script did not set. */
function checked({ options, places = {} }: Command, given: Record<string, unknown>): Common {
  for (const name of Object.keys(places)) {
    if ([given[name]].flat().includes('')) throw new UsageError(`<${name}> is empty.`);
  }
  const all: Record<string, Option> = { ...COMMON_OPTIONS, ...options };
  for (const [name, { type, many }] of Object.entries(all)) {
    const value = given[name];
    if ([value].flat().includes('')) throw new UsageError(`--${name} is empty.`);
    if (!many && Array.isArray(value)) {
      if (type !== 'boolean')
        throw new UsageError(`--${name} was given ${value.length} times: once is enough.`);
      given[name] = value.at(-1);
    }
    if (type === 'number' && value !== undefined) {
      if (!NUMBER.test(String(value))) throw new UsageError(`--${name} must be a number.`);
      given[name] = Number(value);
    }
  }
  return given as unknown as Common;
}
