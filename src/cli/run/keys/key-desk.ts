import type { CreatedKey } from '../../../daemon/guards/api-keys.ts';
import type { KeyOrder } from '../../../daemon/guards/keys/key-order.ts';
import type { ApiKey } from '../../../daemon/guards/keys/key-table.ts';
import { isDaemonAway } from '../../../shared/control/cli-error.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { demandChange } from '../../../shared/control/whoever.ts';
import { pathsUnder } from '../../../shared/paths.ts';
import type { Common } from '../../command.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { type OwnKeys, withKeys } from './key-store.ts';

/** All that can be done with keys, wherever they are. */
export interface KeyDesk {
  list(): Promise<ApiKey[]>;
  create(order: KeyOrder): Promise<CreatedKey>;
  rotate(id: string, overlapMs: number): Promise<CreatedKey>;
  revoke(id: string): Promise<ApiKey>;
}

interface DeskOptions {
  /** Whether a state file may be begun when there is none. */
  mayBegin?: boolean;
  isDryRun?: boolean;
  /** Only the daemon will do. */
  needsDaemon?: boolean;
}

/** What the daemon tells of a key. */
type ToldKey = ApiKey & { isLive: boolean };

/**
 * The running daemon, whose audit log then knows who it was. Where none runs, the state file itself: whoever installs
 * makes the first key before the first start. A dry run does all of it on a copy that is thrown away.
 */
export async function atKeyDesk(
  given: Common,
  { mayBegin = false, isDryRun = false, needsDaemon = false }: DeskOptions,
  work: (desk: KeyDesk) => Promise<Answer>,
): Promise<Answer> {
  const client = connect(given);
  // Whoever names a socket means the daemon behind it, and not the files of another.
  const mayUseFile = !needsDaemon && given.socket === undefined;
  if (mayUseFile && (await isAway(client))) return onFile({ mayBegin, isDryRun }, work);
  const desk = atDaemon(client);
  if (!isDryRun) return work(desk);
  await demandChange(client);
  return withKeys({ mayBegin: true, copyOf: await desk.list() }, keys => work(onOwn(keys)));
}

async function isAway(client: ControlClient): Promise<boolean> {
  try {
    await client.about();
    return false;
  } catch (error) {
    if (isDaemonAway(error)) return true;
    throw error;
  }
}

async function onFile(
  { mayBegin, isDryRun }: { mayBegin: boolean; isDryRun: boolean },
  work: (desk: KeyDesk) => Promise<Answer>,
): Promise<Answer> {
  const answer = await withKeys({ mayBegin, ...(isDryRun && { copyOf: 'file' }) }, keys => work(onOwn(keys)));
  const { stateFile } = pathsUnder(process.env['RELAY_HOME']);
  const note = `No daemon runs here: this is what the state file ${stateFile} says.`;
  return { ...answer, notes: [...(answer.notes ?? []), note] };
}

function atDaemon(client: ControlClient): KeyDesk {
  const path = (id: string): string => `/admin/api-keys/${encodeURIComponent(id)}`;
  const made = async (asked: Promise<{ key: string; record: ToldKey }>): Promise<CreatedKey> => {
    const { key, record } = await asked;
    return { key, record: asKept(record) };
  };
  return {
    list: async () => (await client.get<{ keys: ToldKey[] }>('/admin/api-keys')).keys.map(asKept),
    create: order => made(client.ask('/admin/api-keys', { method: 'POST', body: order })),
    rotate: (id, overlapMs) =>
      made(client.ask(`${path(id)}/rotate`, { method: 'POST', body: { overlapMs } })),
    revoke: async id => asKept(await client.ask<ToldKey>(path(id), { method: 'DELETE' })),
  };
}

function onOwn({ keys, audit, by }: OwnKeys): KeyDesk {
  const createdBy = by.actor;
  return {
    list: async () => keys.list(),
    create: order => {
      const { name, permissions } = order;
      const note = { by, action: 'key.create', detail: { name, permissions } } as const;
      return keys.create(order, createdBy, id => void audit.note({ ...note, subject: id }));
    },
    rotate: (id, overlapMs) => {
      const note = { by, action: 'key.rotate', subject: id } as const;
      const witness = (next: string): void => void audit.note({ ...note, detail: { next } });
      return keys.rotate(id, { createdBy, overlapMs, witness });
    },
    revoke: async id => audit.within({ by, action: 'key.revoke', subject: id }, () => keys.revoke(id)),
  };
}

function asKept({ isLive: _, ...key }: ToldKey): ApiKey {
  return key;
}
