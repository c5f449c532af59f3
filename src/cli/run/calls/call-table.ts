import type { Call } from '../../../shared/call.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { DIRECTION_WORDS, partyText } from '../../../shared/telling/party-text.ts';
import { clockText, localTime } from '../../../shared/telling/time.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { callsCommand } from '../../commands/calls.ts';
import { type Answer, tableAnswer } from '../../output/answer.ts';

export type CallsGiven = GivenOf<typeof callsCommand>;

interface CallsNow {
  asOf: string;
  stale: boolean;
  calls: Call[];
}

/** Enough of an id to tell the calls of the moment apart. */
const ID_SHOWN = 8;
const PARTY_WIDTH = 17;

/** What is asked for, with numbers as they may be shown. */
export async function callsNow(
  client: ControlClient,
  { dn, state, 'show-numbers': showNumbers }: Pick<CallsGiven, 'dn' | 'state' | 'show-numbers'>,
): Promise<CallsNow> {
  const now: CallsNow = await client.get('/admin/calls');
  const wanted = now.calls.filter(
    call =>
      (dn === undefined || dnsOf(call).some(one => dn.includes(one))) &&
      (state === undefined || state.some(one => one === call.state)),
  );
  return { ...now, calls: showNumbers ? wanted : wanted.map(call => withoutNumbers(call)) };
}

export function callsAnswer(data: CallsNow): Answer {
  const { asOf, stale } = data;
  const notes = stale
    ? [`The phone system cannot be seen: this is how it was at ${localTime(asOf)}. See '3cx-relay status'.`]
    : [];
  const table = tableAnswer({
    ...{ schema: 'calls/1', data, notes },
    header: ['ID', 'STATE', 'FOR', 'DIR', 'FROM', 'TO', 'QUEUE'],
    rows: data.calls.map(shortRow),
    none: 'There are no such calls at this moment.',
    paint: (cell, column, style) => (column === 1 && cell.startsWith('connected') ? style.good(cell) : cell),
  });
  return { ...table, rows: () => data.calls.map(fullRow) };
}

function shortRow({ id, state, startedAt, direction, from, to, queue }: Call): (string | null)[] {
  const seconds = (Date.now() - Date.parse(startedAt)) / 1000;
  const ends = [partyText(from, PARTY_WIDTH), partyText(to, PARTY_WIDTH)];
  return [id.slice(-ID_SHOWN), state, clockText(seconds), DIRECTION_WORDS[direction], ...ends, queue];
}

/** id, state, startedAt, answeredAt, direction, from, to, did, queue. */
function fullRow(call: Call): (string | null)[] {
  const { id, state, startedAt, answeredAt, direction, from, to, did, queue } = call;
  return [id, state, startedAt, answeredAt, direction, partyText(from), partyText(to), did, queue];
}

function dnsOf({ from, to, queue, legs }: Call): string[] {
  return [from.dn, to?.dn ?? '', queue ?? '', ...legs.map(({ dn }) => dn)];
}
