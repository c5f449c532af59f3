import type { Call, Party } from '../../../shared/call.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { pagesOfLog } from '../../../shared/control/live-log.ts';
import { AppError } from '../../../shared/errors.ts';
import type { CallBody } from '../../../shared/journal-entry.ts';
import { partyText } from '../../../shared/telling/party-text.ts';
import { isoTime, localTime, spanText } from '../../../shared/telling/time.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { callsShowCommand } from '../../commands/calls.ts';
import { connect } from '../../connect.ts';
import { type Answer, fieldsAnswer, tableText } from '../../output/answer.ts';

interface Step {
  seq: number;
  time: string | null;
  change: string;
  state: string;
  to: Party | null;
  queue: string | null;
  inferred: boolean;
}

const NAMED_MAX = 5;
/** The phone system tells when a call began, by its own clock. */
const EARLIER_MS = 60_000;
/** A call of hours on a busy day: what lies beyond is not worth the wait. */
const PAGES_MAX = 60;

/** One call of this moment, and what the log has of it. */
export async function showCall(given: GivenOf<typeof callsShowCommand>): Promise<Answer> {
  const client = connect(given);
  const { calls } = await client.get<{ calls: Call[] }>('/admin/calls');
  const call = theOne(calls, given.id);
  const steps = await stepsOf(client, call);
  const data = { call, timeline: steps };
  return storyAnswer(given['show-numbers'] ? data : withoutNumbers(data));
}

function theOne(calls: readonly Call[], id: string): Call {
  const fitting = calls.filter(call => call.id === id || call.id.endsWith(id));
  const [only] = fitting;
  if (only === undefined) {
    const detail = `No call of this moment has the id ${id}; '3cx-relay calls' lists them, '3cx-relay history' those that are over.`;
    throw new AppError('E_NOT_FOUND', { detail });
  }
  if (fitting.length === 1) return only;
  const named = fitting.slice(0, NAMED_MAX).map(call => call.id);
  throw new CliError(
    'E_USAGE',
    `${fitting.length} calls end with "${id}".`,
    `Give more of it: ${named.join(', ')}.`,
  );
}

async function stepsOf(client: ControlClient, { id, startedAt }: Call): Promise<Step[]> {
  const since = new Date(Date.parse(startedAt) - EARLIER_MS).toISOString();
  const steps: Step[] = [];
  let pages = 0;
  for await (const { entries } of pagesOfLog(client, { filters: { types: 'call' }, start: { since } })) {
    for (const { seq, time, type, data } of entries) {
      if (type !== 'call') continue;
      const { change, call, inferred } = data as CallBody;
      const { state, to, queue } = call;
      if (call.id === id) steps.push({ seq, time: isoTime(time), change, state, to, queue, inferred });
    }
    if (++pages === PAGES_MAX) break;
  }
  return steps;
}

function storyAnswer(data: { call: Call; timeline: Step[] }): Answer {
  const { call, timeline } = data;
  const { id, state, direction, from, to, did, queue, startedAt, answeredAt } = call;
  const facts = Object.entries(call.facts).map(([name, value]) => [name, String(value)]);
  const fields = fieldsAnswer({
    ...{ schema: 'calls-show/1', data },
    fields: {
      ...{ id, state, direction, from: partyText(from), to: partyText(to), did, queue },
      started: `${localTime(startedAt) ?? '-'} (${spanText(Date.now() - Date.parse(startedAt))} ago)`,
      answered: localTime(answeredAt),
      ...Object.fromEntries(facts),
    },
  });
  const legs = call.legs.map(leg => [leg.dn, leg.state, localTime(leg.since), leg.id]);
  const steps = timeline.map(step => [
    localTime(step.time),
    step.change,
    step.state,
    partyText(step.to),
    step.queue,
    step.inferred ? 'found so' : '',
  ]);
  return {
    ...fields,
    rows: () =>
      timeline.map(step => [step.seq, step.time, step.change, step.state, partyText(step.to), step.queue]),
    text: style =>
      [
        fields.text(style),
        tableText(['DN', 'LEG', 'SINCE', 'ID'], legs, { style }),
        tableText(['TIME', 'CHANGE', 'STATE', 'TO', 'QUEUE', ''], steps, { style }),
      ].join('\n'),
  };
}
