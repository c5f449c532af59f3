import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from '../../shared/control/cli-error.ts';
import type { Common } from '../command.ts';

/** Whether somebody sits there who can be asked. */
export function canAsk({ input }: Pick<Common, 'input'>): boolean {
  return input && Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** Goes on only after a typed yes, or with `--yes`. */
export async function confirm(
  given: Pick<Common, 'input'> & { yes: boolean },
  question: string,
): Promise<void> {
  if (given.yes) return;
  if (!canAsk(given)) {
    throw new CliError(
      'E_USAGE',
      `${question} Nobody can be asked here.`,
      'To do it without a question, add --yes.',
    );
  }
  if ((await ask(`${question} Type yes: `)).trim() !== 'yes') throw notDone();
}

export function ask(label: string): Promise<string> {
  return readLine(label, { isHidden: false });
}

/** What is typed is not shown. */
export function askHidden(label: string): Promise<string> {
  return readLine(label, { isHidden: true });
}

async function readLine(label: string, { isHidden }: { isHidden: boolean }): Promise<string> {
  const { stdin, stderr } = process;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const terminal = createInterface({
    input: stdin,
    // It shows what is typed by writing it itself: the terminal's own echo is off while it reads.
    output: isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr,
    terminal: true,
    historySize: 0,
  });
  if (isHidden) stderr.write(label);
  terminal.question(isHidden ? '' : label, resolve);
  // By Ctrl-D; after an answer nobody hears it any more.
  terminal.on('close', () => reject(notDone()));
  terminal.on('SIGINT', () => {
    terminal.close();
    stderr.write('\n');
    // Whoever called us is to see that it was stopped, as with every other command.
    process.kill(process.pid, 'SIGINT');
  });
  try {
    return await promise;
  } finally {
    terminal.close();
    if (isHidden) stderr.write('\n');
  }
}

function notDone(): CliError {
  return new CliError('E_CANCELLED', 'Nothing was changed.', 'Only a typed yes or an answer goes on.');
}
