import { existsSync } from 'node:fs';
import { AppError } from '../../../shared/errors.ts';
import { VERSION } from '../../../shared/version.ts';
import { isDamage } from '../../store/database-fault.ts';
import { type Check, define, type Finding, fine, found, skipped } from '../check.ts';
import type { Context } from '../context.ts';
import { reading, TooLarge } from '../probes/stores.ts';

const daemon = define({
  name: 'daemon',
  looksAt: 'Whether the relay runs, answers, and how it says it is',
  needs: ['config'],
  faults: {
    DAEMON_STOPPED: {
      result: 'warning',
      cause: 'No relay runs on this folder, so no program is served.',
      fix: "'systemctl start 3cx-relay', then 'journalctl -u 3cx-relay -n 50' if it does not stay.",
    },
    DAEMON_SILENT: {
      result: 'fail',
      cause:
        'A daemon holds the lock of the folder, and does not answer at HOST and PORT: it hangs, or was started with another configuration.',
      fix: "'systemctl restart 3cx-relay'; if it comes back, keep 'journalctl -u 3cx-relay' for a report.",
    },
    DAEMON_UNKNOWN: {
      result: 'warning',
      cause: 'This user may not see whether a daemon runs, so everything that could disturb one is left out.',
      fix: 'sudo 3cx-relay doctor',
    },
    DAEMON_OTHER_VERSION: {
      result: 'warning',
      cause:
        'The daemon that runs is of another version than this command: it was not restarted after an update.',
      fix: 'systemctl restart 3cx-relay',
    },
    DAEMON_DEGRADED: {
      result: 'warning',
      cause: 'The daemon runs, and a part of it does not work fully.',
      fix: "See the checks below; where they are skipped, run doctor as root, or after '3cx-relay login'.",
    },
    DAEMON_UNHEALTHY: {
      result: 'fail',
      cause: 'The daemon runs and has no live source: programs learn nothing of new calls.',
      fix: "See the checks below; where they are skipped, run doctor as root, or after '3cx-relay login'.",
    },
  },
  run: async ({ presence }) => {
    if (presence.kind === 'stopped') return found('DAEMON_STOPPED', 'nobody holds the lock of the folder');
    if (presence.kind === 'unknown') return found('DAEMON_UNKNOWN', presence.why);
    if (presence.kind === 'inside') return judged(presence.live.components());
    const { health, relayUrl, why } = presence;
    if (health === null && relayUrl === null) return fine(`it holds the lock; ${why}`);
    if (health === null) return found('DAEMON_SILENT', `${relayUrl}: ${why}`);
    const states = Object.entries(health.components).map(([component, one]) => ({ component, ...one }));
    if (health.version !== VERSION)
      return found('DAEMON_OTHER_VERSION', `the daemon is ${health.version}, this is ${VERSION}`);
    return judged(states);
  },
});

interface Told {
  component: string;
  state: string;
  since: string | number;
  reason?: string | null;
}

const LIVE_SOURCES = ['callcontrol', 'xapi'];

function judged(states: readonly Told[]): Finding<'DAEMON_UNHEALTHY' | 'DAEMON_DEGRADED'> {
  const lines = states.map(({ component, state, since, reason }) => {
    const because = reason && state !== 'up' ? `: ${reason}` : '';
    return `${component} is ${state} since ${new Date(since).toISOString()}${because}`;
  });
  const live = states.filter(({ component }) => LIVE_SOURCES.includes(component));
  if (live.length > 0 && live.every(({ state }) => state === 'down'))
    return found('DAEMON_UNHEALTHY', ...lines);
  const isWhole = states.every(({ state }) => state === 'up' || state === 'disabled');
  return isWhole ? fine(...lines) : found('DAEMON_DEGRADED', ...lines);
}

const state = define({
  name: 'state',
  looksAt: 'state.db: readable, whole, of this version',
  needs: ['config', 'files'],
  faults: {
    STATE_DAMAGED: {
      result: 'fail',
      cause: 'The file with keys and settings is damaged, by a full disk or a failing one.',
      fix: "Stop the daemon, '3cx-relay restore <backup>'; without a backup move the file aside and create the keys anew.",
    },
    STATE_NOT_OURS: {
      result: 'fail',
      cause: 'The file was written by a newer 3cx-relay, or by another program.',
      fix: 'Install the newer version again, or restore a backup that was made before it.',
    },
  },
  run: context => storeFinding(context, 'state', { damaged: 'STATE_DAMAGED', notOurs: 'STATE_NOT_OURS' }),
});

const journal = define({
  name: 'journal',
  looksAt: 'The log of events: on disk, whole, of this version',
  needs: ['config', 'files'],
  faults: {
    JOURNAL_DAMAGED: {
      result: 'fail',
      cause: 'The log of events is damaged, by a full disk or a failing one.',
      fix: "'3cx-relay maintenance', then start the daemon: it moves the file aside, and clients are told of the hole.",
    },
    JOURNAL_NOT_OURS: {
      result: 'fail',
      cause: 'The file was written by a newer 3cx-relay, or by another program.',
      fix: 'Install the newer version again, or move the file aside.',
    },
    JOURNAL_NOT_DURABLE: {
      result: 'fail',
      cause: 'The disk does not take the log: events flow from memory and would be lost with the daemon.',
      fix: "Look at 'disk' above, then at 'dmesg' for the disk itself; it recovers by itself once it can write.",
    },
    JOURNAL_BROKEN_OFF: {
      result: 'warning',
      cause: 'When the daemon was last stopped, its newest events were not on disk.',
      fix: 'Nothing: the next start begins a new epoch, which tells clients of the hole. Look at the disk.',
    },
  },
  run: async context => {
    const { paths } = context.config;
    if (context.live?.isJournalDurable() === false)
      return found('JOURNAL_NOT_DURABLE', 'the newest events are in memory only');
    if (existsSync(paths.journalFile) && !existsSync(paths.journalMarkFile)) {
      const seen = `${paths.journalMarkFile} is missing`;
      return found(context.presence.kind === 'stopped' ? 'JOURNAL_BROKEN_OFF' : 'JOURNAL_NOT_DURABLE', seen);
    }
    return storeFinding(context, 'journal', { damaged: 'JOURNAL_DAMAGED', notOurs: 'JOURNAL_NOT_OURS' });
  },
});

async function storeFinding<Code extends string>(
  context: Context,
  part: 'state' | 'journal',
  codes: { damaged: Code; notOurs: Code },
): Promise<Finding<Code>> {
  const path = context.config.paths[`${part}File`];
  if (!existsSync(path)) return fine(`${path} is not there yet; the first start makes it`);
  // The daemon reads and writes it all day, and looking through it whole would hold up its events.
  if (context.live !== null) return fine(`the daemon works with ${path}`);
  if (context.presence.kind === 'unknown')
    return skipped('see daemon: it is not known whether one writes there');
  try {
    const isInUse = context.presence.kind !== 'stopped';
    const rows = await reading({ path, part, isInUse }, database =>
      database.prepare(part === 'journal' ? 'SELECT max(seq) AS it FROM journal' : COUNT_KEYS).get(),
    );
    const { it } = rows as { it: number | null };
    const seen = part === 'journal' ? `the newest entry is ${it ?? 0}` : `${it ?? 0} keys`;
    return fine(`${path} is whole, ${seen}`);
  } catch (error) {
    if (error instanceof TooLarge) return skipped(`${error.message}, too many to look through`);
    const seen = error instanceof Error ? error.message : 'it cannot be read';
    if (isDamage(error)) return found(codes.damaged, `${path}: ${causeText(error, seen)}`);
    if (error instanceof AppError && error.code === 'E_CONFIG') return found(codes.notOurs, error.detail);
    throw error;
  }
}

const COUNT_KEYS = 'SELECT count(*) AS it FROM api_keys';

function causeText(error: unknown, fallback: string): string {
  return error instanceof AppError && error.cause instanceof Error ? error.cause.message : fallback;
}

export const DAEMON_CHECKS: readonly Check[] = [daemon, state, journal];
