import type { Command } from '../command.ts';

/** The command that these words begin with: the longest, as `calls show` and not `calls`. */
export function commandOf(commands: readonly Command[], words: readonly string[]): Command | undefined {
  const line = `${words.join(' ')} `;
  return commands
    .filter(({ name }) => line.startsWith(`${name} `))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

/** `keys` with all its verbs, and so on. */
export function byFirstWord(commands: readonly Command[]): Map<string, Command[]> {
  return Map.groupBy(commands, ({ name }) => name.split(' ')[0] ?? '');
}
