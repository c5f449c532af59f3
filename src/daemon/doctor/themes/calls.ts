import { setTimeout as wait } from 'node:timers/promises';
import type { allRows } from '../../sources/threecx/http/all-rows.ts';
import { parseDnList, parsePage } from '../../sources/threecx/messages.ts';
import { kindOfType } from '../../sources/threecx/normalise.ts';
import { readUsers } from '../../sources/threecx/roster.ts';
import { type Check, define, type Finding, fine, found, skipped } from '../check.ts';
import type { Context } from '../context.ts';
import type { LiveView } from '../live-view.ts';
import { watchSocket } from '../probes/socket-watch.ts';
import { SNAPSHOT_PATH } from './access.ts';

const SHOWN_MAX = 8;
const TOKEN_LOOKS = 2;
const CLIENTS_PATH = '/xapi/v1/ServicePrincipals';

const monitorList = define({
  name: 'monitor-list',
  looksAt: 'The API client\'s "extensions to monitor" against the extensions there are',
  needs: ['role', 'licence'],
  isWithToken: true,
  limitMs: 8000,
  faults: {
    MONITOR_LIST_EMPTY: {
      result: 'fail',
      cause: 'The list is empty, and that means silence, not everything: no event will come.',
      fix: 'Admin > Integrations > API > the client: add all extensions to "extensions to monitor".',
    },
    MONITOR_LIST_PARTIAL: {
      result: 'warning',
      cause:
        'Extensions are missing on the list: of their calls nothing is heard. New extensions are not added by themselves.',
      fix: 'Admin > Integrations > API > the client: add them, unless they are left out on purpose.',
    },
    MONITOR_LIST_STALE: {
      result: 'warning',
      cause: 'The list names numbers that do not exist any more.',
      fix: 'Admin > Integrations > API > the client: take them off the list.',
    },
  },
  run: async ({ session, config }, signal) => {
    const dns = parseDnList(await session.get(SNAPSHOT_PATH, signal));
    const heard = new Set(dns.filter(({ type }) => kindOfType(type) !== 'routepoint').map(({ dn }) => dn));
    const users = (await readUsers(session.client, signal)).map(user => user.Number);
    const listed = await peersOf(session.client, config.pbx.clientId, signal);
    const count = `${heard.size} numbers are heard, ${users.length} extensions exist`;
    if (heard.size === 0) return found('MONITOR_LIST_EMPTY', count);
    const missing = users.filter(number => !heard.has(number));
    const stale = listed.filter(number => !heard.has(number));
    const evidence = [
      count,
      ...(missing.length > 0 ? [`not heard: ${few(missing)}`] : []),
      ...(stale.length > 0 ? [`on the list and unknown: ${few(stale)}`] : []),
    ];
    if (missing.length > 0) return found('MONITOR_LIST_PARTIAL', ...evidence);
    return stale.length > 0 ? found('MONITOR_LIST_STALE', ...evidence) : fine(...evidence);
  },
});

/** The list as the admin filled it; empty where this version does not tell it. */
async function peersOf(
  client: Parameters<typeof allRows>[0],
  clientId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const page = await client.get(CLIENTS_PATH, { signal }).catch(() => null);
  if (page === null) return [];
  const own = parsePage(page).rows.find(row => textOf(row, 'Number') === clientId) as { Peers?: unknown };
  return Array.isArray(own?.Peers) ? own.Peers.flatMap(peer => textOf(peer, 'Number') ?? []) : [];
}

const socket = define({
  name: 'socket',
  looksAt: 'Whether the live socket really brings events: snapshots against what it tells',
  needs: ['licence'],
  isWithToken: true,
  limitMs: 12_000,
  faults: {
    SOCKET_REFUSED: {
      result: 'fail',
      cause: 'The upgrade to a WebSocket is refused, though the token is good.',
      fix: 'See CALLCONTROL_AUTH; tick "Call Control API access" at the API client; look for a proxy between.',
    },
    SOCKET_DOWN: {
      result: 'fail',
      cause: 'The live socket is not open, so no event comes.',
      fix: 'It is dialled for ever by itself; look for a proxy or firewall that cuts WebSockets.',
    },
    SOCKET_DEAD: {
      result: 'fail',
      cause:
        'The socket is open and answers no ping: half of the connection is gone, or a proxy keeps it from us.',
      fix: 'Look for a firewall or proxy between that forgets connections; the daemon replaces such a socket by itself.',
    },
    SOCKET_SILENT: {
      result: 'fail',
      cause: 'Calls changed and the socket told nothing of it, though it answers pings.',
      fix: 'Restart the service "3CX Call Control API" or the phone system; look for a proxy that holds frames back.',
    },
    SOCKET_LOSES_EVENTS: {
      result: 'warning',
      cause: 'Some changes of calls came without an event; the daemon corrects them by its snapshots.',
      fix: 'Look at the load of the phone system; see whether a proxy between drops frames.',
    },
    SOCKET_NO_ANSWER: {
      result: 'warning',
      cause:
        'The socket answers pings, and did not answer a question; nothing changed meanwhile that could prove it.',
      fix: 'Make a call while doctor runs: then it is seen whether events come.',
    },
  },
  run: (context, signal) => (context.live === null ? watched(context, signal) : lived(context.live, context)),
});

type SocketFinding = Finding<
  | 'SOCKET_REFUSED'
  | 'SOCKET_DOWN'
  | 'SOCKET_DEAD'
  | 'SOCKET_SILENT'
  | 'SOCKET_LOSES_EVENTS'
  | 'SOCKET_NO_ANSWER'
>;

async function watched(
  { session, config, host, clock }: Context,
  signal: AbortSignal,
): Promise<SocketFinding> {
  const { watchMs } = host;
  const seen = await watchSocket({ session, config, watchMs, clock, signal });
  if (!seen.wasOpen) return found(seen.isRefused ? 'SOCKET_REFUSED' : 'SOCKET_DOWN', seen.reason);
  const { frames, changed, untold, isAnswered, isDead } = seen;
  const line = `in ${watchMs / 1000} s: ${frames} events, ${changed} legs changed, ${untold} of them untold`;
  if (isDead) return found('SOCKET_DEAD', seen.reason, line);
  if (changed > 0 && untold === changed && !isAnswered) return found('SOCKET_SILENT', line);
  if (seen.isCut) return found('SOCKET_DOWN', `it was cut while we watched: ${seen.reason}`, line);
  if (untold > 0) return found('SOCKET_LOSES_EVENTS', line);
  if (isAnswered) return fine(`opened by ${seen.scheme}, a question was answered over it`, line);
  return frames > 0 ? fine(`opened by ${seen.scheme}`, line) : found('SOCKET_NO_ANSWER', line);
}

/** What the running daemon has seen; a socket beside its own would prove nothing of it. */
async function lived(live: LiveView, { clock }: Context): Promise<SocketFinding> {
  const component = live.components().find(one => one.component === 'callcontrol');
  const { isOpen, lastPongAt, lastEventAt, lastSnapshotAt, snapshotAgrees } = live.signs();
  const now = clock.now();
  const reason = component?.reason ?? '';
  const evidence = [
    ...(reason === '' ? [] : [reason]),
    `pong ${ago(now, lastPongAt)}, event ${ago(now, lastEventAt)}, snapshot ${ago(now, lastSnapshotAt)}`,
    ...(snapshotAgrees === false ? ['the last snapshot showed what no event had told'] : []),
  ];
  const isLost = snapshotAgrees === false;
  if ((isLost && lastEventAt === null) || reason.includes('snapshot disagreement'))
    return found('SOCKET_SILENT', ...evidence);
  if (!isOpen || component?.state === 'down') return found('SOCKET_DOWN', ...evidence);
  return isLost ? found('SOCKET_LOSES_EVENTS', ...evidence) : fine(...evidence);
}

const tokenHolder = define({
  name: 'token-holder',
  looksAt: 'Whether another program takes our token: only one lives for each client id',
  needs: ['token'],
  isWithToken: true,
  limitMs: 10_000,
  faults: {
    TOKEN_TAKEN: {
      result: 'fail',
      cause:
        'The token ended before its time: another program asks for tokens with the same client id, and each kills the one before.',
      fix: 'Give each program its own API client under Admin > Integrations > API.',
    },
  },
  run: async ({ session, live, host }, signal) => {
    if (live !== null) {
      const { renewals } = live.token();
      const seen = `${renewals} tokens ended before their time in the last minutes`;
      return renewals > 1 ? found('TOKEN_TAKEN', seen) : fine(seen);
    }
    if (session.own === null) return skipped('no token of our own');
    const token = await session.own.text();
    for (let look = 1; look <= TOKEN_LOOKS; look++) {
      await wait(host.watchMs / TOKEN_LOOKS, undefined, { signal });
      const ms = (host.watchMs / TOKEN_LOOKS) * look;
      if (!(await session.own.isAccepted(token, signal)))
        return found('TOKEN_TAKEN', `a token of ours was refused (401) ${ms / 1000} s after it was made`);
    }
    return fine(`our token lived for ${host.watchMs / 1000} s`);
  },
});

export const CALL_CHECKS: readonly Check[] = [monitorList, socket, tokenHolder];

function textOf(row: unknown, field: string): string | undefined {
  const value = (row as Record<string, unknown> | null)?.[field];
  return typeof value === 'string' ? value : undefined;
}

function few(numbers: readonly string[]): string {
  const rest = numbers.length - SHOWN_MAX;
  return `${numbers.slice(0, SHOWN_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function ago(now: number, at: number | null): string {
  return at === null ? 'never' : `${Math.max(0, Math.round((now - at) / 1000))} s ago`;
}
