import type { Command, Live, Option } from '../command.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import { groupSummary } from './help.ts';
import { flagOf } from './manual.ts';
import { commandOf } from './which-command.ts';

/** Something that may stand where the cursor is. */
export interface Candidate {
  value: string;
  describe: string;
}

/** What can stand there: known words, values that only the daemon knows, or the name of a file. */
export type Completion = { candidates: Candidate[] } | { live: Live };

const NOTHING: Completion = { candidates: [] };
const HELP = 'help';

/** For the last of these words, which may be begun or empty. */
export function complete(commands: readonly Command[], line: readonly string[]): Completion {
  const before = line.slice(0, -1);
  const current = line.at(-1) ?? '';
  const { command, words, awaiting } = read(commands, before);
  const found = awaiting ?? inPlace(commands, { command, words, current });
  if ('live' in found) return found;
  return { candidates: found.candidates.filter(({ value }) => value.startsWith(current)) };
}

interface Read {
  command: Command | undefined;
  /** Neither options nor their values. */
  words: string[];
  /** The last word is an option that needs a value. */
  awaiting: Completion | null;
}

function read(commands: readonly Command[], before: readonly string[]): Read {
  const words: string[] = [];
  let option: Option | undefined;
  for (const word of before) {
    if (option !== undefined) {
      option = undefined;
    } else if (word.startsWith('-')) {
      const found = optionNamed(word, commandOf(commands, words));
      if (found !== undefined && found.type !== 'boolean') option = found;
    } else words.push(word);
  }
  return { command: commandOf(commands, words), words, awaiting: option ? valuesOf(option) : null };
}

interface Cursor {
  command: Command | undefined;
  words: readonly string[];
  current: string;
}

function inPlace(commands: readonly Command[], { command, words, current }: Cursor): Completion {
  if (current.startsWith('-')) return { candidates: optionsOf(command) };
  const asked = words[0] === HELP ? words.slice(1) : words;
  const next = wordsAfter(commands, asked);
  if (words[0] === HELP || !command) {
    const help = words.length === 0 ? [{ value: HELP, describe: 'Tells more of one command' }] : [];
    return { candidates: [...next, ...help] };
  }
  const index = words.length - command.name.split(' ').length;
  const places = Object.values(command.places ?? {});
  const place = places[index] ?? (places.at(-1)?.many ? places.at(-1) : undefined);
  if (place === undefined) return next.length > 0 ? { candidates: next } : { candidates: optionsOf(command) };
  const values = valuesOf(place);
  return 'live' in values ? values : { candidates: [...next, ...values.candidates] };
}

/** The words that may follow these, each once. */
function wordsAfter(commands: readonly Command[], words: readonly string[]): Candidate[] {
  const lead = words.length === 0 ? '' : `${words.join(' ')} `;
  const under = commands.filter(({ name }) => name.startsWith(lead));
  const groups = Map.groupBy(under, ({ name }) => name.slice(lead.length).split(' ')[0] ?? '');
  return [...groups].map(([value, group]) => ({
    value,
    describe: words.length === 0 ? groupSummary(value, group) : (group[0]?.summary ?? ''),
  }));
}

function optionNamed(word: string, command: Command | undefined): Option | undefined {
  const all: Record<string, Option> = { ...COMMON_OPTIONS, ...command?.options };
  // With its value in the same word nothing is awaited.
  return word.includes('=') ? undefined : all[word.replace(/^--/, '')];
}

function optionsOf(command: Command | undefined): Candidate[] {
  const all: Record<string, Option> = { ...command?.options, ...COMMON_OPTIONS };
  const options = Object.entries(all).map(([name, option]) => ({
    value: flagOf(name, option),
    describe: option.describe,
  }));
  return [...options, { value: '--help', describe: 'What it takes, with examples' }];
}

function valuesOf({ choices, live }: Pick<Option, 'choices' | 'live'>): Completion {
  if (live !== undefined) return { live };
  if (choices === undefined) return NOTHING;
  return { candidates: choices.map(value => ({ value, describe: '' })) };
}
