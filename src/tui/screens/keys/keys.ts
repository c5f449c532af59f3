import type { KeyTold } from '../../../shared/control-api/told.ts';
import type { Details, ListSpec } from '../../list/list-spec.ts';
import { minuteOf, timeOf } from '../../text/ago.ts';
import type { Line } from '../../text/line.ts';
import { factLines } from '../../text/paragraph.ts';
import { createKey, revokeKey, rotateKey } from './key-deeds.ts';
import { KeyUsage, usageLines } from './key-usage.ts';

type State = 'active' | 'revoked' | 'expired';
const TONES = { active: 'good', revoked: 'dim', expired: 'warn' } as const;

/** With one usage for each screen that is made: what was asked for stays with it. */
export function keysScreen(): ListSpec<KeyTold> {
  const usage = new KeyUsage();
  return {
    title: 'Keys',
    key: '5',
    rows: ({ keys }) =>
      keys.toSorted((a, b) => Number(isEnded(a)) - Number(isEnded(b)) || b.createdAt - a.createdAt),
    idOf: ({ id }) => id,
    nameOf: ({ name }) => name,
    columns: ({ now, data }) => [
      { title: 'NAME', width: 14, grows: true, keep: 9, cell: ({ name }) => name },
      { title: 'STATE', width: 8, keep: 9, cell: key => [TONES[stateOf(key, now)], stateOf(key, now)] },
      { title: 'MAY', width: 18, keep: 8, cell: ({ permissions }) => permissions.join(',') },
      { title: 'ONLY', width: 12, grows: true, keep: 7, cell: onlyText },
      {
        title: 'CONN',
        width: 4,
        keep: 6,
        isRight: true,
        cell: ({ id }) => countText(data.clients.filter(({ keyId }) => keyId === id).length),
      },
      {
        title: 'LAST USED',
        width: 11,
        keep: 5,
        cell: ({ lastUsedAt }) => (lastUsedAt === null ? ['dim', 'never'] : minuteOf(lastUsedAt, now)),
      },
      {
        title: 'EXPIRES',
        width: 11,
        keep: 4,
        cell: ({ expiresAt }) => (expiresAt === null ? ['dim', 'never'] : minuteOf(expiresAt, now)),
      },
      { title: 'ID', width: 8, keep: 3, cell: ({ id }) => ['dim', id] },
    ],
    fields: {
      words: {
        permission: ({ permissions }) => permissions,
        extension: ({ extensions }) => extensions,
        queue: ({ queues }) => queues,
        network: ({ networks }) => networks,
        state: key => stateOf(key, Date.now()),
        name: ({ name }) => name,
      },
      order: { state: ['active', 'expired', 'revoked'] },
      time: ({ lastUsedAt }) => lastUsedAt,
      text: key => `${key.id} ${key.name} ${key.permissions.join(' ')} ${onlyText(key)}`,
    },
    empty: ({ mayChange }) => [
      'There are no keys: no program can connect.',
      mayChange ? 'Press c to make the first.' : 'An admin makes them.',
    ],
    stoodOn: ({ id }, dashboard) => usage.ask(id, dashboard),
    details: (key, about) => [...factsOf(key, about), [], ...usageLines(usage.of(key.id), about)],
    actions: [
      {
        name: 'create key',
        key: 'c',
        label: 'create',
        why: 'Make a key for a program; it is shown once',
        changes: true,
        run: createKey,
      },
      {
        name: 'rotate key',
        key: 't',
        label: 'rotate',
        why: 'New key, same rights; the old ends after a while',
        changes: true,
        isFor: ({ isLive }) => isLive,
        onRow: rotateKey,
      },
      {
        name: 'revoke key',
        key: 'x',
        label: 'revoke',
        why: 'End this key and its connections now',
        changes: true,
        isFor: ({ isLive }) => isLive,
        onRow: revokeKey,
      },
    ],
  };
}

function factsOf(key: KeyTold, { dashboard: { now }, width }: Details): Line[] {
  const { id, name, permissions, networks, ratePerMinute, rotatedFrom } = key;
  return factLines(
    [
      ['key', `${name}  (${id})  ${stateOf(key, now)}`],
      ['may', permissions.join(', ')],
      ['sees', sightText(key)],
      ['networks', networks?.join(', ') ?? 'from everywhere'],
      [
        'requests',
        ratePerMinute === null
          ? 'the usual limit a minute (KEY_RATE_PER_MINUTE)'
          : `at most ${ratePerMinute} a minute`,
      ],
      ['made', `${timeOf(key.createdAt, now)} by ${key.createdBy}`],
      ['expires', key.expiresAt === null ? 'never' : timeOf(key.expiresAt, now)],
      ['revoked', key.revokedAt && timeOf(key.revokedAt, now)],
      ['took over', rotatedFrom && `from ${rotatedFrom}`],
    ],
    width,
  );
}

/** With one of both set, only what touches one of those named. */
function sightText({ extensions, queues }: KeyTold): string {
  if (extensions === null && queues === null) return 'everything';
  const named = [
    ...(extensions ?? []).map(dn => `extension ${dn}`),
    ...(queues ?? []).map(dn => `queue ${dn}`),
  ];
  return `only what touches ${named.join(', ')}`;
}

function onlyText({ extensions, queues, networks }: KeyTold): string {
  const named = (name: string, all: readonly string[] | null): string[] =>
    all === null || all.length === 0 ? [] : [`${name} ${all.join(',')}`];
  return [...named('ext', extensions), ...named('queue', queues), ...named('from', networks)].join(' ');
}

function countText(count: number): string {
  return count === 0 ? '' : String(count);
}

function isEnded({ isLive }: KeyTold): boolean {
  return !isLive;
}

function stateOf({ revokedAt, expiresAt }: KeyTold, now: number): State {
  if (revokedAt !== null && revokedAt <= now) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}
