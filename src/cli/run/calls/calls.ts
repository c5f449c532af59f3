import type { ControlClient } from '../../../shared/control/control-client.ts';
import { follow } from '../../../shared/control/follow.ts';
import { localTime } from '../../../shared/telling/time.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { documentText, note, plainText } from '../../output/print.ts';
import { canRedraw, Screen } from '../../output/screen.ts';
import { styleFor } from '../../output/style.ts';
import { stopSignal } from '../../stop-signal.ts';
import { type CallsGiven, callsAnswer, callsNow } from './call-table.ts';

/** Told each second, and first of all. */
const BEATS = new Set(['snapshot', 'stats']);

export async function calls(given: CallsGiven): Promise<Answer | null> {
  return given.watch ? watchCalls(given) : callsAnswer(await callsNow(connect(given), given));
}

/** On a terminal drawn in place; elsewhere a block, or with `--json` a document, whenever something is other. */
async function watchCalls(given: CallsGiven): Promise<null> {
  const isDrawn = canRedraw() && !given.json && !given.plain;
  const screen = isDrawn ? new Screen() : null;
  const signal = stopSignal();
  let client: ControlClient | null = null;
  let told = '';
  try {
    for await (const heard of follow<{ type: string }>(() => connect(given), {
      path: '/admin/watch',
      signal,
    })) {
      if ('away' in heard) {
        client = null;
        const text = `The daemon is away, trying again in ${Math.ceil(heard.away.retryInMs / 1000)} s.`;
        if (screen) screen.draw(() => `${told}\n${styleFor(given).bad(text)}`);
        else note(given, text);
        continue;
      }
      if (!BEATS.has(heard.line.type)) continue;
      client ??= connect({ ...given, quiet: true });
      // When it cannot be asked any more, the stream ends as well and says so.
      const now = await callsNow(client, given).catch(() => null);
      if (now === null) continue;
      const answer = callsAnswer(now);
      if (screen) {
        if (told === '') screen.open();
        told = screenText(answer, given);
        screen.draw(() => told);
      } else if (JSON.stringify(now.calls) !== told) {
        told = JSON.stringify(now.calls);
        process.stdout.write(blockText(answer, given));
      }
    }
  } finally {
    if (told !== '') screen?.close();
  }
  return null;
}

function screenText({ text, notes = [] }: Answer, given: CallsGiven): string {
  const style = styleFor(given);
  return `${text(style)}${notes.map(one => style.warn(`${one}\n`)).join('')}${style.dim('Ctrl-C ends.')}`;
}

function blockText(answer: Answer, given: CallsGiven): string {
  if (given.json) return `${documentText(answer.schema, answer.data)}\n`;
  return given.plain ? plainText(answer) : `--- ${localTime(Date.now())}\n${answer.text(styleFor(given))}`;
}
