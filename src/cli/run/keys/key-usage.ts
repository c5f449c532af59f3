import type { UsageTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { isoTime, timeCell } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { keysUsageCommand } from '../../commands/keys.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, tableAnswer } from '../../output/answer.ts';
import { momentFrom } from '../../words/moment.ts';

interface UsedKey {
  id: string;
  name: string;
}

const NONE = 'Nothing was asked since then.';

/** What was asked with one key, by route; without an id, how much with each. */
export async function keyUsage(given: GivenOf<typeof keysUsageCommand>): Promise<Answer> {
  const { id } = given;
  const since = momentFrom('since', given.since);
  const client = connect(given);
  const { keys } = await client.get<{ keys: UsedKey[] }>('/admin/api-keys');
  const wanted = id === undefined ? keys : keys.filter(key => key.id === id);
  if (id !== undefined && wanted.length === 0) {
    throw new AppError('E_NOT_FOUND', { detail: `There is no key ${id}; '3cx-relay keys list' shows all.` });
  }
  const used: (UsedKey & UsageTold)[] = [];
  for (const { id: one, name } of wanted) {
    const usage = await client.get<UsageTold>(`/admin/api-keys/${encodeURIComponent(one)}/usage`, { since });
    used.push({ id: one, name, ...usage });
  }
  used.sort((one, other) => other.requests - one.requests);
  const answer = {
    schema: 'keys-usage/1',
    data: { since: isoTime(since), keys: used.map(forScripts) },
    none: NONE,
  };
  const [only] = used;
  return id !== undefined && only
    ? tableAnswer({ ...answer, header: ['ROUTE', 'STATUS', 'REQUESTS', 'MEAN MS'], rows: routeRows(only) })
    : tableAnswer({
        ...answer,
        header: ['ID', 'NAME', 'REQUESTS', 'REFUSED', 'MEAN MS', 'LAST'],
        rows: used.map(keyRow),
      });
}

function forScripts({ id, name, requests, refused, meanMs, lastAt, routes }: UsedKey & UsageTold): object {
  return { id, name, requests, refused, meanMs, lastAt: isoTime(lastAt), routes };
}

function keyRow({ id, name, requests, refused, meanMs, lastAt }: UsedKey & UsageTold): Cell[] {
  return [id, name, requests, refused, msText(meanMs), timeCell(lastAt)];
}

function routeRows({ routes }: UsageTold): Cell[][] {
  return routes.map(({ route, status, requests, meanMs }) => [route, status, requests, msText(meanMs)]);
}

function msText(ms: number): string {
  return ms.toFixed(1);
}
