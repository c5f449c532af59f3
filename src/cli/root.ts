import { CliError, toldOf } from '../shared/control/cli-error.ts';
import { EXIT, UsageError } from '../shared/exit-codes.ts';
import { maskTokens } from '../shared/masks.ts';
import { clean } from '../shared/telling/cells.ts';
import { VERSION } from '../shared/version.ts';
import type { Command } from './command.ts';
import { documentText, printAnswer } from './output/print.ts';
import { COMMANDS } from './table.ts';
import { helpText, overview } from './words/help.ts';
import { parse } from './words/parse.ts';
import { complaint } from './words/suggest.ts';

const ALL: readonly Command[] = COMMANDS.map(({ command }) => command);
/** Asked by the scripts of `completion`, not by people. */
const COMPLETE = '__complete';
const AFTER_USAGE = "Run '3cx-relay --help' to see what there is.";

export async function runCli(args: string[]): Promise<void> {
  // Whoever closes the pipe has seen enough.
  process.stdout.on('error', error => endUnread(error, args));
  process.stderr.on('error', error => endUnread(error, args));
  try {
    if (args[0] === COMPLETE) {
      const { completeLine } = await import('./run/completion/complete-line.ts');
      return void process.stdout.write(await completeLine(ALL, args.slice(1)));
    }
    // Alone on a terminal it is the dashboard; elsewhere nobody could use that.
    const words = args.length === 0 && isTerminal() ? ['dashboard'] : args;
    const said = ownWords(words);
    if (said !== null) return void process.stdout.write(said);
    const { runnable, given } = await parse(COMMANDS, words);
    const answer = await runnable.run(given);
    if (answer !== null) printAnswer(answer, given);
  } catch (error) {
    report(error, args);
  }
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** What is told without any command: help and version. */
function ownWords(args: readonly string[]): string | null {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  if (own.includes('--version') || own.includes('-V')) {
    if (isJson(own)) return `${documentText('version/1', { version: VERSION })}\n`;
    return `3cx-relay ${VERSION}\n`;
  }
  const words = commandWords(own);
  const isAsked = own.includes('--help') || own.includes('-h');
  if (own.length === 0) process.exitCode = EXIT.usage;
  if (!isAsked && words[0] !== 'help' && own.length > 0) return null;
  const [asked, isExact] = words[0] === 'help' ? [words.slice(1), true] : [words, false];
  const found = asked.length === 0 ? ALL : meantBy(asked, { isExact });
  if (isJson(own)) return `${documentText('help/1', { commands: found })}\n`;
  return asked.length === 0 ? overview(ALL) : found.map(helpText).join('\n');
}

/** Without what stands before them: the values of options. */
function commandWords(args: readonly string[]): string[] {
  const words = args.filter(word => !word.startsWith('-'));
  const first = words.findIndex(word => word === 'help' || fitting([word]).length > 0);
  return words.slice(Math.max(first, 0));
}

function fitting(words: readonly string[]): Command[] {
  return ALL.filter(({ name }) => `${name} `.startsWith(`${words.join(' ')} `));
}

/** Not exact: among the words may be values of options. */
function meantBy(words: readonly string[], { isExact }: { isExact: boolean }): readonly Command[] {
  const [word = '', second] = words;
  const group = fitting([word]);
  const exact = fitting(words.slice(0, 2));
  const isVerbNeeded = isExact && !group.some(({ name }) => name === word);
  const found = exact.length > 0 || isVerbNeeded ? exact : group;
  if (found.length === 0) throw complaint(`Unknown command: ${group.length > 0 ? second : word}`, words, ALL);
  return found;
}

function report(error: unknown, args: readonly string[]): void {
  const told = toldOf(error) ?? asUnexpected(error);
  const { code, exit } = told;
  // What was typed, or came from elsewhere, is named in it.
  const [message, hint] = [maskTokens(told.message), maskTokens(told.hint)];
  const text = isJson(args)
    ? JSON.stringify({ error: { code, message, hint } })
    : `3cx-relay: ${message} (${code})\n${hint}`.split('\n').map(clean).join('\n');
  process.stderr.write(`${text}\n`);
  const isVerbose = args.includes('--verbose') || args.includes('-v');
  if (isVerbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = exit;
}

function isJson(args: readonly string[]): boolean {
  return args.some(arg => /^--json(=true)?$/.test(arg));
}

function asUnexpected(error: unknown): { code: string; message: string; hint: string; exit: number } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { code: 'E_USAGE', message, hint: AFTER_USAGE, exit: EXIT.usage };
  const hint = 'That should not happen: --verbose shows where.';
  return { code: 'E_UNEXPECTED', message, hint, exit: EXIT.failed };
}

function endUnread({ code, message }: NodeJS.ErrnoException, args: readonly string[]): never {
  if (code === 'EPIPE') process.exit();
  const hint = 'Is the disk full? What was written is not all.';
  report(new CliError('E_FILE', `The output cannot be written (${code ?? message}).`, hint), args);
  process.exit();
}
