import { DIRECTION_WORDS, partyText } from '../../shared/telling/party-text.ts';
import { clockText } from '../../shared/telling/time.ts';
import type { ListSpec } from '../list/list-spec.ts';
import type { CallShown } from '../store/board.ts';
import { spanOf, timeOf } from '../text/ago.ts';
import type { Line } from '../text/line.ts';
import { factLines } from '../text/paragraph.ts';
import { callTone } from '../text/tones.ts';

const STATES = ['queued', 'ringing', 'connected', 'held', 'parked', 'ended'];

export const callsScreen: ListSpec<CallShown> = {
  title: 'Calls',
  key: '2',
  hasNumbers: true,
  // In the order in which they began: with the newest first each new one would move, and send, all the others.
  rows: ({ calls }) => calls,
  idOf: ({ id }) => id,
  nameOf: ({ id }) => id.slice(-8),
  columns: dashboard => [
    { title: 'STATE', width: 10, keep: 9, cell: call => [callTone(call.state), stateText(call)] },
    {
      title: 'FOR',
      width: 7,
      keep: 8,
      isRight: true,
      cell: call => clockText(secondsOf(call, dashboard.now)),
    },
    { title: 'DIR', width: 3, keep: 5, cell: ({ direction }) => DIRECTION_WORDS[direction] },
    { title: 'FROM', width: 16, grows: true, keep: 9, cell: ({ from }) => partyText(from) },
    { title: 'TO', width: 16, grows: true, keep: 9, cell: ({ to }) => partyText(to) },
    { title: 'QUEUE', width: 6, keep: 4, cell: ({ queue }) => queue ?? '' },
    { title: 'DIALLED', width: 13, keep: 2, cell: ({ did }) => did ?? '' },
    { title: 'ID', width: 8, keep: 1, cell: ({ id }) => ['dim', id.slice(-8)] },
  ],
  fields: {
    words: {
      dn: ({ from, to, queue, legs }) => [from.dn, to?.dn ?? '', queue ?? '', ...legs.map(({ dn }) => dn)],
      state: ({ state }) => state,
      direction: ({ direction }) => direction,
      queue: ({ queue }) => queue,
    },
    order: { state: STATES },
    time: ({ startedAt }) => Date.parse(startedAt),
    text: ({ id, from, to, did, queue, state }) =>
      [id, partyText(from), partyText(to), did, queue, state].join(' '),
  },
  head: ({ data }) => {
    const away = data.components.filter(
      ({ component, state }) => component === 'callcontrol' && state !== 'up',
    );
    return away.map(({ state }) => [
      ['warn', ` Call control is ${state}: what is shown may be late. Screen 1 says why.`],
    ]);
  },
  empty: () => ['There is no call at this moment.', 'The next one shows up here when it begins.'],
  details: (call, { dashboard, width }) => [
    ...factLines(
      [
        ['call', `${call.id}  (${call.source} ${call.sourceCallId})`],
        ['from', `${partyText(call.from)}  ${call.from.kind} ${call.from.dn}`],
        ['to', call.to && `${partyText(call.to)}  ${call.to.kind} ${call.to.dn}`],
        ['dialled', call.did],
        ['queue', call.queue],
        ['answered', call.answeredAt && timeOf(call.answeredAt, dashboard.now)],
        ['ended', call.endedAt && `${timeOf(call.endedAt, dashboard.now)}  ${call.endReason ?? ''}`],
        ...Object.entries(call.facts).map(([name, value]) => [name, String(value)] as const),
      ],
      width,
    ),
    [],
    [['strong', 'Legs']],
    ...call.legs.map(
      ({ dn, state, since, id }): Line => [
        `  ${dn.padEnd(8)}`,
        [callTone(state), state.padEnd(11)],
        `for ${spanOf(dashboard.now - Date.parse(since)).padEnd(9)}`,
        ['dim', `leg ${id}`],
      ],
    ),
    [],
    [['strong', 'What happened']],
    [`  ${timeOf(call.startedAt, dashboard.now)}  began`],
    ...call.changes.map(({ time, what }): Line => [`  ${timeOf(time, dashboard.now)}  ${what}`]),
  ],
  actions: [],
};

/** Held by a machine is not waiting for a person. */
function stateText({ state, to }: CallShown): string {
  if (state !== 'queued') return state;
  return to?.kind === 'menu' ? 'in menu' : to?.kind === 'voicemail' ? 'voicemail' : state;
}

function secondsOf({ startedAt, endedAt }: CallShown, now: number): number {
  return ((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
}
