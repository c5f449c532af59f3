import type { AboutTold } from '../../shared/control-api/told.ts';
import { counted } from '../../shared/telling/counted.ts';
import { sizeText } from '../../shared/telling/size.ts';
import type { Dashboard } from '../dashboard.ts';
import { Confirm } from '../layers/confirm.ts';
import type { ListSpec } from '../list/list-spec.ts';
import type { ClientShown } from '../store/board.ts';
import { spanOf, timeOf } from '../text/ago.ts';
import { factLines } from '../text/paragraph.ts';

/** Behind by more than this is worth a look. */
const LAG_NOTICED = 100;

export const clientsScreen: ListSpec<ClientShown> = {
  title: 'Clients',
  key: '6',
  rows: ({ clients }) => clients.toSorted((a, b) => b.lag - a.lag || a.connectedAt - b.connectedAt),
  idOf: ({ id }) => id,
  nameOf: ({ keyName }) => keyName,
  columns: ({ now }) => [
    { title: 'KEY', width: 14, grows: true, keep: 9, cell: ({ keyName }) => keyName },
    { title: 'ADDRESS', width: 15, keep: 8, cell: ({ address }) => address },
    { title: 'BY', width: 9, keep: 4, cell: ({ kind }) => kind },
    {
      title: 'BEHIND',
      width: 8,
      keep: 9,
      isRight: true,
      cell: ({ lag }) => [lag >= LAG_NOTICED ? 'bad' : 'good', String(lag)],
    },
    { title: 'PACE', width: 7, keep: 6, cell: ({ isLive }) => (isLive ? 'live' : ['warn', 'journal']) },
    {
      title: 'RATE',
      width: 10,
      keep: 7,
      isRight: true,
      cell: ({ bytesPerSecond }) => `${sizeText(bytesPerSecond)}/s`,
    },
    { title: 'SENT', width: 9, keep: 5, isRight: true, cell: ({ sentBytes }) => sizeText(sentBytes) },
    {
      title: 'WAITING',
      width: 9,
      keep: 3,
      isRight: true,
      cell: ({ pendingBytes }) => sizeText(pendingBytes),
    },
    { title: 'SINCE', width: 9, keep: 5, cell: ({ connectedAt }) => spanOf(now - connectedAt) },
    { title: 'ID', width: 6, keep: 2, cell: ({ id }) => ['dim', id] },
  ],
  fields: {
    words: {
      key: ({ keyName, keyId }) => [keyName, keyId],
      address: ({ address }) => address,
      kind: ({ kind }) => kind,
      lag: ({ lag }) => lag,
    },
    time: ({ connectedAt }) => connectedAt,
    text: ({ id, keyName, keyId, address, kind }) => [id, keyName, keyId, address, kind].join(' '),
  },
  empty: ({ data }) => [
    'No program is connected.',
    `Programs connect to ${addressOf(data.about)}/relay/ws with a key from screen 5.`,
  ],
  details: (client, { dashboard: { now }, width }) =>
    factLines(
      [
        ['client', `${client.id}  ${client.kind} from ${client.address}`],
        ['key', `${client.keyName} (${client.keyId})`],
        ['since', `${timeOf(client.connectedAt, now)}, for ${spanOf(now - client.connectedAt)}`],
        [
          'was sent',
          `to entry ${client.position} of the log, ${sizeText(client.sentBytes)} in all, ${sizeText(client.bytesPerSecond)} a second`,
        ],
        ['confirmed', client.acked > 0 ? `up to entry ${client.acked}` : 'nothing (programs need not)'],
        [
          'behind',
          `${counted(client.lag, 'entry', 'entries')}, ${sizeText(client.pendingBytes)} not taken yet`,
        ],
        ['fed', client.isLive ? 'live' : 'from the journal, at its own pace, until it is level again'],
      ],
      width,
    ),
  actions: [
    {
      name: 'disconnect client',
      key: 'x',
      label: 'disconnect',
      why: 'Close it; the program may come back with its key',
      changes: true,
      onRow: (client, dashboard) =>
        dashboard.open(
          new Confirm({
            name: 'disconnect client',
            says: `Close the connection of ${client.keyName} from ${client.address}? The program may come back at once and gets what it missed; to keep it away, revoke its key.`,
            onYes: () => void disconnect(client, dashboard),
          }),
        ),
    },
  ],
};

async function disconnect({ id, keyName }: ClientShown, dashboard: Dashboard): Promise<void> {
  try {
    await dashboard.desk.ask(`/admin/clients/${encodeURIComponent(id)}`, { method: 'DELETE' });
    dashboard.say('good', `The connection of ${keyName} is closed.`);
  } catch (error) {
    dashboard.complain(error);
  }
}

function addressOf(about: AboutTold | null): string {
  return (about?.publicUrl ?? about?.relayUrl ?? '').replace(/^http/, 'ws');
}
