import type { ControlClient } from '../../../shared/control/control-client.ts';
import { demandChange } from '../../../shared/control/whoever.ts';
import type { ClientTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { sizeText } from '../../../shared/telling/size.ts';
import { isoTime, spanText } from '../../../shared/telling/time.ts';
import type { Common, GivenOf } from '../../command.ts';
import type { clientsDisconnectCommand } from '../../commands/access.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, sentenceAnswer, tableAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';

export async function listClients(given: Common): Promise<Answer> {
  const clients = await allClients(connect(given));
  return tableAnswer({
    schema: 'clients/1',
    data: { clients: clients.map(forScripts) },
    header: ['ID', 'PROGRAM', 'KEY', 'ADDRESS', 'BY', 'FOR', 'BEHIND', 'SENT'],
    rows: clients.map(rowOf),
    none: 'No program is connected now.',
  });
}

export async function disconnectClient(given: GivenOf<typeof clientsDisconnectCommand>): Promise<Answer> {
  const { id } = given;
  const client = connect(given);
  const found = (await allClients(client)).find(one => one.id === id);
  if (found === undefined) {
    const detail = `There is no client ${id}, or it has gone; '3cx-relay clients' shows all.`;
    throw new AppError('E_NOT_FOUND', { detail });
  }
  const named = `${id} (${found.keyName} from ${found.address})`;
  const schema = 'clients-disconnect/1';
  if (given['dry-run']) {
    await demandChange(client);
    const says = `${NOT_DONE} the connection ${named} would be closed.`;
    return planned(schema, { says, wouldChange: true, data: forScripts(found) });
  }
  await confirm(given, `Close the connection ${named}?`);
  await client.ask(`/admin/clients/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return sentenceAnswer({
    ...{ schema, data: { id }, says: `The connection ${named} is being closed.` },
    notes: [`It may come back; '3cx-relay keys revoke ${found.keyId}' keeps it away.`],
  });
}

async function allClients(client: ControlClient): Promise<ClientTold[]> {
  return (await client.get<{ clients: ClientTold[] }>('/admin/clients')).clients;
}

function rowOf({
  id,
  kind,
  keyName,
  keyId,
  address,
  connectedAt,
  lag,
  sentBytes,
  isLive,
}: ClientTold): Cell[] {
  const behind = isLive ? String(lag) : `${lag} (catching up)`;
  return [id, keyName, keyId, address, kind, spanText(Date.now() - connectedAt), behind, sizeText(sentBytes)];
}

function forScripts({ connectedAt, ...client }: ClientTold): Record<string, unknown> {
  return { ...client, connectedAt: isoTime(connectedAt) };
}
