import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import { type ConnectionEnd, SocketConnection } from '../../sources/socket-connection.ts';
import { EVENT_TYPE, parseDnList, parseFrame } from '../../sources/threecx/messages.ts';
import { legOfEntity } from '../../sources/threecx/normalise.ts';
import { socketAddress } from '../../sources/threecx/socket/socket-address.ts';
import type { PbxSession } from './pbx-session.ts';

interface Watch {
  session: PbxSession;
  config: Config;
  watchMs: number;
  clock: Clock;
  signal: AbortSignal;
}

export interface Watched {
  wasOpen: boolean;
  /** The upgrade was answered with 401 or 403. */
  isRefused: boolean;
  /** It ended before we ended it, its pings unanswered or not. */
  isCut: boolean;
  isDead: boolean;
  reason: string;
  scheme: string;
  /** Events about calls. */
  frames: number;
  /** A question sent over it came back. */
  isAnswered: boolean;
  /** Legs that began, changed or ended between two snapshots, and those of them that no event named. */
  changed: number;
  untold: number;
}

const SNAPSHOT_PATH = '/callcontrol';
const FRAME_MAX_BYTES = 16 * 1_048_576;
const HANDSHAKE_MS = 4000;
const KEEP_ALIVE_MS = 30_000;
/** Of the watch: how often is pinged, after how long without answer it counts as dead, and how late an event may be. */
const PING_SHARE = 0.125;
const DEAD_SHARE = 0.5;
const LATE_SHARE = 0.2;

/** One connection of our own for some seconds: a snapshot, what the socket tells, another snapshot. */
export async function watchSocket(watch: Watch): Promise<Watched> {
  let last = await attempt(watch, schemesOf(watch.config)[0] ?? 'Bearer');
  for (const scheme of schemesOf(watch.config).slice(1)) {
    if (!last.isUnauthorised) break;
    last = await attempt(watch, scheme);
  }
  return last;
}

type Scheme = 'Bearer' | 'Basic';

function schemesOf({ callControlAuth }: Config): Scheme[] {
  if (callControlAuth === 'basic') return ['Basic'];
  return callControlAuth === 'auto' ? ['Bearer', 'Basic'] : ['Bearer'];
}

async function attempt(watch: Watch, scheme: Scheme): Promise<Watched & { isUnauthorised: boolean }> {
  const { session, config, watchMs, clock, signal } = watch;
  const opened = Promise.withResolvers<void>();
  const told = new Set<string>();
  let frames = 0;
  let isAnswered = false;
  const connection = new SocketConnection({
    address: socketAddress(config.pbx, await authorization(watch, scheme)),
    limits: {
      pingEveryMs: watchMs * PING_SHARE,
      deadAfterMs: watchMs * DEAD_SHARE,
      handshakeMs: HANDSHAKE_MS,
      frameMaxBytes: FRAME_MAX_BYTES,
      keepAliveMs: KEEP_ALIVE_MS,
    },
    listener: {
      opened: () => opened.resolve(),
      pong: () => {},
      binary: () => {},
      text: text => {
        const frame = framedSafely(text);
        if (frame?.eventType === EVENT_TYPE.response) isAnswered = true;
        const leg = frame === null ? null : legOfEntity(frame.entity);
        if (leg === null) return;
        frames += 1;
        told.add(`${leg.dn}/${leg.id}`);
      },
    },
    ...{ clock, signal },
  });
  const running = connection.run();
  const early = await Promise.race([running, opened.promise]);
  const base = { scheme, isRefused: false, isUnauthorised: false, isCut: false, isDead: false };
  if (early) return { ...base, ...nothing, ...refusal(early) };

  const before = await legs(session, signal);
  // A question by the socket itself: its answer proves that frames come, also when nobody telephones.
  connection.send(JSON.stringify({ RequestID: 'doctor', Path: `${SNAPSHOT_PATH}/${config.pbx.clientId}` }));
  const cut = await Promise.race([running, wait(watchMs, null, { signal })]);
  const after = await legs(session, signal);
  if (!cut) await wait(watchMs * LATE_SHARE, null, { signal });
  connection.end('seen enough');
  const end = await running;
  const changes = [...new Set([...before.keys(), ...after.keys()])].filter(
    key => before.get(key) !== after.get(key),
  );
  return {
    ...base,
    wasOpen: true,
    reason: end.reason,
    isCut: cut !== null,
    isDead: cut?.reason.includes('pings unanswered') ?? false,
    ...{ frames, isAnswered },
    changed: changes.length,
    untold: changes.filter(key => !told.has(key)).length,
  };
}

const nothing = { wasOpen: false, frames: 0, isAnswered: false, changed: 0, untold: 0 };

function refusal({ reason, status }: ConnectionEnd) {
  return { reason, isRefused: status === 401 || status === 403, isUnauthorised: status === 401 };
}

async function authorization({ session, config }: Watch, scheme: Scheme): Promise<string> {
  const { clientId, clientSecret } = config.pbx;
  if (scheme === 'Basic') return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  if (session.own === null) throw new Error('the daemon hands its token to nobody');
  return `Bearer ${await session.own.text()}`;
}

/** What each leg is at this moment. */
async function legs(session: PbxSession, signal: AbortSignal): Promise<Map<string, string>> {
  const dns = parseDnList(await session.get(SNAPSHOT_PATH, signal));
  return new Map(
    dns.flatMap(({ participants }) =>
      participants.map(({ dn, id, status, callid }) => [`${dn}/${id}`, `${callid} ${status}`] as const),
    ),
  );
}

function framedSafely(text: string): ReturnType<typeof parseFrame> | null {
  try {
    return parseFrame(text);
  } catch {
    return null;
  }
}
