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
import { TypedCommands } from './typed-commands.ts';

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
  const ended = new AbortController();
  const typed = isPerson ? commandsFor(given, () => ended.abort()) : null;
  const stop = stopSignal({ isSpared: () => typed?.isRunning === true });
  try {
    await tellChanges(given, AbortSignal.any([stop, ended.signal]));
  } finally {
    // Also when there is no daemon: as long as somebody reads the keyboard the process does not end.
    typed?.close();
  }
  return null;
}

async function tellChanges(given: Given, signal: AbortSignal): Promise<void> {
  const sentences = new Sentences({ showsNumbers: given['show-numbers'] });
  let toldWhy: string | null = null;
  for await (const heard of follow<WatchLine>(() => connect(given), { path: '/admin/watch', signal })) {
    if ('line' in heard) {
      toldWhy = null;
      for (const sentence of sentences.of(heard.line)) say(sentence);
      continue;
    }
    const { why, retryInMs } = heard.away;
    if (why !== toldWhy) say(`The daemon is away: ${why} Trying again in ${spanText(retryInMs)}.`);
    toldWhy = why;
  }
}

function say(text: string): void {
  process.stdout.write(`${localTime(Date.now())}  ${clean(text)}\n`);
}

function commandsFor({ socket }: Given, onQuit: () => void): TypedCommands {
  process.stdout.write(`${WELCOME}\n`);
  return new TypedCommands({ where: socket === undefined ? [] : ['--socket', socket], say, onQuit });
}

/** What `status` tells is what the first screen shows. */
function asDashboard(answer: Answer | null): Answer | null {
  return answer && { ...answer, schema: 'dashboard/1' };
}
