import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { CliError } from '../../../shared/control/cli-error.ts';
import { follow } from '../../../shared/control/follow.ts';
import type { WatchLine } from '../../../shared/control-api/watch-line.ts';
import { clean } from '../../../shared/telling/cells.ts';
import { localTime, spanText } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { dashboardCommand } from '../../commands/running.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { canAsk } from '../../output/ask.ts';
import { stopSignal } from '../../stop-signal.ts';
import { status } from '../health/status.ts';
import { Sentences } from './sentences.ts';

type Given = GivenOf<typeof dashboardCommand>;

const WELCOME =
  "Each change is told in a line of its own. Type any command, such as 'calls' or 'errors', 'help' for all of them, or 'quit'.";

/**
 * The dashboard for pipes, dumb terminals and screen readers: how everything is, and then, when it is followed or a
 * person sits there, a sentence for each change. Nothing is ever drawn over.
 */
export async function inLines(given: Given): Promise<Answer | null> {
  const isPerson = canAsk(given) && process.stdout.isTTY === true;
  if (given.json && given.follow) {
    throw new CliError(
      'E_USAGE',
      'Changes are told in sentences here.',
      "For a script use '3cx-relay status --watch --json'.",
    );
  }
  if (given.json || (!given.follow && !isPerson))
    return asDashboard(await status({ ...given, watch: false }));
  const stop = stopSignal();
  const ended = new AbortController();
  const prompt = isPerson ? promptFor(given, () => ended.abort()) : null;
  const sentences = new Sentences({ showsNumbers: given['show-numbers'] });
  const say = (text: string): void => void process.stdout.write(`${localTime(Date.now())}  ${clean(text)}\n`);
  const signal = AbortSignal.any([stop, ended.signal]);
  const stream = follow<WatchLine>(() => connect(given), { path: '/admin/watch', signal });
  for await (const heard of stream) {
    if ('away' in heard) {
      const { why, retryInMs } = heard.away;
      say(`The daemon is away: ${why} Trying again in ${spanText(retryInMs)}.`);
    } else for (const sentence of sentences.of(heard.line)) say(sentence);
  }
  prompt?.close();
  return null;
}

/** What `status` tells is what the first screen shows. */
function asDashboard(answer: Answer | null): Answer | null {
  return answer && { ...answer, schema: 'dashboard/1' };
}

/** Every line that is typed is a command of ours, told in the same terminal. */
function promptFor(given: Given, onQuit: () => void): Interface {
  process.stdout.write(`${WELCOME}\n`);
  const typed = createInterface({ input: process.stdin });
  typed.on('line', line => {
    const words = line.trim().split(/\s+/).filter(Boolean);
    const [word] = words;
    if (word === undefined) return;
    if (word === 'quit' || word === 'q' || word === 'exit') return onQuit();
    runCommand(words, given, typed);
  });
  typed.on('close', onQuit);
  return typed;
}

function runCommand(words: readonly string[], { socket }: Given, typed: Interface): void {
  const [program = ''] = process.argv.slice(1);
  const where = socket === undefined ? [] : ['--socket', socket];
  // It has the keyboard until it ends: it may ask something.
  typed.pause();
  // Nothing it says may be drawn either.
  const env = { ...process.env, NO_COLOR: '1', TERM: 'dumb' };
  const command = spawn(process.execPath, [program, ...words, ...where], { stdio: 'inherit', env });
  command.on('close', () => typed.resume());
}
