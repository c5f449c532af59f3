import { type Away, follow } from '../../../shared/control/follow.ts';
import type {
  AboutTold,
  ConditionTold,
  ConnectionTold,
  ErrorTold,
  StatsTold,
} from '../../../shared/control-api/told.ts';
import { isoTime, localTime } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { statusCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import { documentText, note, plainText } from '../../output/print.ts';
import { canRedraw, heightOf, Screen } from '../../output/screen.ts';
import { styleFor } from '../../output/style.ts';
import { stopSignal } from '../../stop-signal.ts';
import { statusAnswer } from './status-answer.ts';
import type { Status } from './status-view.ts';
import { statusText } from './status-view.ts';

type WatchGiven = GivenOf<typeof statusCommand>;

interface Snapshot {
  type: 'snapshot';
  about: AboutTold;
  stats: StatsTold;
  components: ConnectionTold[];
  conditions: ConditionTold[];
  errors: ErrorTold[];
}

/** Of all that is told, what stands on this screen. */
type WatchLine =
  | Snapshot
  | { type: 'stats'; stats: StatsTold }
  | { type: 'component'; component: ConnectionTold }
  | { type: 'conditions'; conditions: ConditionTold[] }
  | { type: 'error'; error: ErrorTold }
  | { type: 'other' };

interface Shown {
  now(status: Status): void;
  away(away: Away): void;
  end(): void;
}

const ERRORS_KEPT = 100;
/** What happens at once is told line by line: one block for all of it. */
const SETTLE_MS = 100;

export async function watchStatus(given: WatchGiven): Promise<null> {
  const signal = stopSignal();
  const watched = new Watched();
  let shown: Shown | null = null;
  try {
    for await (const heard of follow<WatchLine>(() => connect(given), { path: '/admin/watch', signal })) {
      shown ??= shownOn(given);
      if ('away' in heard) shown.away(heard.away);
      else if (watched.take(heard.line)) shown.now(watched.now());
    }
  } finally {
    shown?.end();
  }
  return null;
}

/** All as it was told last. */
class Watched {
  #snapshot: Snapshot | null = null;
  readonly #components = new Map<string, ConnectionTold>();
  readonly #errors = new Map<number, ErrorTold>();

  /** False when that is nothing for this screen. */
  take(line: WatchLine): boolean {
    if (line.type === 'snapshot') this.#begin(line);
    else if (this.#snapshot === null) return false;
    else if (line.type === 'stats') this.#snapshot.stats = line.stats;
    else if (line.type === 'conditions') this.#snapshot.conditions = line.conditions;
    else if (line.type === 'component') this.#components.set(line.component.component, line.component);
    else if (line.type === 'error') this.#note(line.error);
    else return false;
    return true;
  }

  now(): Status {
    if (this.#snapshot === null) throw new Error('nothing was told yet');
    const { about, stats, conditions } = this.#snapshot;
    const newest = [...this.#errors.values()].toSorted((a, b) => b.lastSeen - a.lastSeen);
    return {
      about,
      stats,
      conditions,
      connections: [...this.#components.values()],
      lastError: newest[0] ?? null,
    };
  }

  #begin(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#components.clear();
    this.#errors.clear();
    for (const one of snapshot.components) this.#components.set(one.component, one);
    for (const one of snapshot.errors.toReversed()) this.#note(one);
  }

  /** Only what nobody has acknowledged, and of that only the newest is ever shown. */
  #note(error: ErrorTold): void {
    this.#errors.delete(error.id);
    if (error.acknowledgedAt === null) this.#errors.set(error.id, error);
    const [oldest] = this.#errors.keys();
    if (this.#errors.size > ERRORS_KEPT && oldest !== undefined) this.#errors.delete(oldest);
  }
}

function shownOn(given: WatchGiven): Shown {
  return canRedraw() && !given.json && !given.plain ? onScreen(given) : asBlocks(given);
}

function onScreen(given: WatchGiven): Shown {
  const screen = new Screen();
  screen.open();
  let last: Status | null = null;
  let foot = '';
  const draw = (): void =>
    screen.draw(() => {
      const style = styleFor(given);
      const line = foot === '' ? style.dim('Ctrl-C ends.') : style.bad(foot);
      return `${last === null ? '' : statusText(last, { style, height: heightOf() - 2 })}\n${line}`;
    });
  return {
    now: status => {
      last = status;
      foot = '';
      draw();
    },
    away: ({ retryInMs }) => {
      foot = awayText(retryInMs, 'what stands above is as it was');
      draw();
    },
    end: () => screen.close(),
  };
}

/** A block or a document when something is other; figures alone do not make one. */
function asBlocks(given: WatchGiven): Shown {
  let told = '';
  let newest: Status | null = null;
  let settling: NodeJS.Timeout | undefined;
  const tell = (): void => {
    clearTimeout(settling);
    settling = undefined;
    const essence = newest === null ? told : essenceOf(newest);
    if (newest === null || essence === told) return;
    told = essence;
    const answer = statusAnswer(newest);
    if (given.json) process.stdout.write(`${documentText(answer.schema, answer.data)}\n`);
    else if (given.plain) process.stdout.write(plainText(answer));
    else process.stdout.write(`--- ${localTime(newest.stats.time)}\n${answer.text(styleFor(given))}`);
  };
  return {
    now: status => {
      newest = status;
      settling ??= setTimeout(tell, SETTLE_MS);
    },
    away: ({ why, retryInMs }) => {
      tell();
      told = '';
      newest = null;
      if (!given.json) return note(given, awayText(retryInMs, why));
      const retryAt = isoTime(Date.now() + retryInMs);
      process.stdout.write(`${documentText('status-away/1', { why, retryAt })}\n`);
    },
    end: tell,
  };
}

function awayText(retryInMs: number, more: string): string {
  return `The daemon is away, trying again in ${Math.ceil(retryInMs / 1000)} s (${more}).`;
}

function essenceOf({ stats, connections, conditions, lastError }: Status): string {
  return JSON.stringify([
    ...[stats.status, stats.journal.isDurable, lastError?.id],
    connections.map(({ component, state, rung, reason }) => [component, state, rung, reason]),
    conditions.map(({ code, detail }) => [code, detail]),
  ]);
}
