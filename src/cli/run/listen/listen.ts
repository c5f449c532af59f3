import { CliError } from '../../../shared/control/cli-error.ts';
import type { Asking } from '../../../shared/control/control-client.ts';
import { LiveLog, pagesOfLog } from '../../../shared/control/live-log.ts';
import { parseDurationMs } from '../../../shared/duration.ts';
import { ENTRY_DISORDER_MS } from '../../../shared/journal-entry.ts';
import type { GivenOf } from '../../command.ts';
import type { listenCommand } from '../../commands/calls.ts';
import { connect } from '../../connect.ts';
import { note } from '../../output/print.ts';
import { stopSignal } from '../../stop-signal.ts';
import { momentFrom } from '../../words/moment.ts';
import { EntryPrinter } from './entry-printer.ts';
import { Forwarder } from './forwarder.ts';

type Given = GivenOf<typeof listenCommand>;
type Query = NonNullable<Asking['query']>;

/** A timer of its own could not count to a moment next month. */
const LOOK_AT_CLOCK_MS = 200;

/** The log, as it is or as it goes on. Prints by itself. */
export async function listen(given: Given): Promise<null> {
  const until = untilOf(given.until);
  const start = startOf(given);
  const filters = { types: given.type?.join(','), dns: given.dn?.join(',') };
  const stop = stopSignal();
  const address = given['forward-to'];
  const forwarder = address === undefined ? null : new Forwarder({ address, given, stop });
  const out = new EntryPrinter({ given, forward: forwarder && (json => forwarder.post(json)) });
  const isLive = given.follow && until > Date.now();
  const place = isLive ? await followLog(given, { filters, start, until, stop, out }) : start;
  if (stop.aborted) return null;
  // What had come before the end, but not to us.
  for await (const { epoch, gap, entries } of pagesOfLog(connect(given), { filters, start: place })) {
    if (gap !== null) await out.print({ type: 'gap', ...gap }, epoch);
    for (const entry of entries) {
      if (stop.aborted || entry.time >= until + ENTRY_DISORDER_MS) return null;
      if (entry.time < until) await out.print(entry, epoch);
    }
  }
  return null;
}

interface Followed {
  filters: Query;
  start: Query;
  until: number;
  stop: AbortSignal;
  out: EntryPrinter;
}

/** Until that moment, or until it is stopped. Tells where it stands then. */
async function followLog(given: Given, { filters, start, until, stop, out }: Followed): Promise<Query> {
  const ended = new AbortController();
  const timer = setInterval(() => {
    if (Date.now() >= until) ended.abort();
  }, LOOK_AT_CLOCK_MS);
  const live = new LiveLog(() => connect(given), {
    filters,
    start,
    signal: AbortSignal.any([stop, ended.signal]),
  });
  let state: 'new' | 'connected' | 'away' = 'new';
  try {
    for await (const heard of live.events()) {
      if ('away' in heard) {
        const { why, retryInMs } = heard.away;
        const seconds = Math.max(1, Math.round(retryInMs / 1000));
        // Once, not with every try.
        if (state !== 'away') note(given, `The daemon is away: ${why} Trying again, first in ${seconds} s.`);
        state = 'away';
      } else if (heard.line.type === 'hello') {
        const { head } = JSON.parse(heard.line.text) as { head: number };
        note(given, `Connected${state === 'away' ? ' again' : ''}; the newest entry is ${head}.`);
        state = 'connected';
      } else await out.event(heard.line);
    }
  } finally {
    clearInterval(timer);
  }
  return live.place;
}

function startOf({ since, after, epoch }: Given): Query {
  if (since !== undefined && after !== undefined)
    throw new CliError(
      'E_USAGE',
      'Both --since and --after are given.',
      'Each names where to begin: give one.',
    );
  if (epoch !== undefined && after === undefined)
    throw new CliError(
      'E_USAGE',
      '--epoch is given without --after.',
      'Give the seq of that epoch with --after.',
    );
  if (after !== undefined && !(Number.isInteger(after) && after >= 0))
    throw new CliError('E_USAGE', `--after is ${after}.`, 'It must be the seq of an entry, or 0.');
  if (since !== undefined) return { since: new Date(momentFrom('since', since)).toISOString() };
  // Pages begin with the oldest entry, the live log with the next one.
  return after === undefined ? {} : { after: String(after), ...(epoch !== undefined && { epoch }) };
}

/** In ms; without an end it is never. */
function untilOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const fromNow = text.startsWith('+') ? parseDurationMs(text.slice(1)) : null;
  return fromNow === null ? momentFrom('until', text) : Date.now() + fromNow;
}
