import { once } from 'node:events';
import { CliError, isDaemonAway } from '../../../shared/control/cli-error.ts';
import { follow } from '../../../shared/control/follow.ts';
import type { GivenOf } from '../../command.ts';
import type { logsCommand } from '../../commands/upkeep.ts';
import { connect } from '../../connect.ts';
import { note } from '../../output/print.ts';
import { stopSignal } from '../../stop-signal.ts';
import { momentFrom } from '../../words/moment.ts';
import { type LogLine, printerFor } from './log-text.ts';

type Given = GivenOf<typeof logsCommand>;

interface Wanted {
  limit: number;
  /** Null: however old. */
  since: number | null;
}

/** All that the daemon keeps. */
const LINES_MAX = 2000;
const LINES_SHOWN = 50;

/** The newest lines, and with `--follow` those that come. Prints by itself. */
export async function logs(given: Given): Promise<null> {
  const wanted = {
    limit: limitOf(given),
    since: given.since === undefined ? null : momentFrom('since', given.since),
  };
  try {
    if (given.follow) await followAll(given, wanted);
    else await showNewest(given, wanted);
  } catch (error) {
    throw withLastWords(error);
  }
  return null;
}

async function showNewest(given: Given, { limit, since }: Wanted): Promise<void> {
  const query = { level: given.level, limit: since === null ? limit : LINES_MAX };
  const { lines } = await connect(given).get<{ lines: LogLine[] }>('/admin/logs', query);
  const shown = lines.filter(line => isRecent(line, since)).slice(-limit);
  if (shown.length === 0) note(given, 'There are no such lines.');
  const print = printerFor(given);
  for (const line of shown) await write(print(line));
}

/** Ids rise over restarts too, so a new daemon's lines all come after those of the one before. */
async function followAll(given: Given, { limit, since }: Wanted): Promise<void> {
  const print = printerFor(given);
  let after = 0;
  let isAway = false;
  const query = () => ({
    level: given.level,
    after,
    limit: after === 0 && since === null ? limit : LINES_MAX,
  });
  for await (const heard of follow<LogLine>(() => connect(given), {
    path: '/admin/logs',
    query,
    signal: stopSignal(),
  })) {
    if ('away' in heard) {
      if (!isAway) note(given, `The daemon is away, waiting for it. ${heard.away.why}`);
      isAway = true;
      continue;
    }
    if (isAway) note(given, 'The daemon is back.');
    isAway = false;
    after = heard.line.id;
    if (isRecent(heard.line, since)) await write(print(heard.line));
  }
}

function isRecent({ time }: LogLine, since: number | null): boolean {
  return since === null || Date.parse(time) >= since;
}

/** Others read at their own pace. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function limitOf({ limit, since }: Given): number {
  if (limit === undefined) return since === undefined ? LINES_SHOWN : LINES_MAX;
  if (Number.isInteger(limit) && limit >= 1 && limit <= LINES_MAX) return limit;
  throw new CliError('E_USAGE', `--limit is ${limit}.`, `It must be a whole number, 1 to ${LINES_MAX}.`);
}

/** What the daemon said before it went away is with the host. */
function withLastWords(error: unknown): unknown {
  if (!isDaemonAway(error)) return error;
  const hint = `What it said last is in the host's log: 'journalctl -u 3cx-relay -n 50'. ${error.hint}`;
  return new CliError('E_DAEMON_AWAY', error.message, hint);
}
