import type { HistoryRecord } from '../../../daemon/core/ports.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { Asking, ControlClient } from '../../../shared/control/control-client.ts';
import { cut } from '../../../shared/telling/cells.ts';
import { DIRECTION_WORDS, partyText } from '../../../shared/telling/party-text.ts';
import { clockText } from '../../../shared/telling/time.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { historyCommand } from '../../commands/calls.ts';
import { connect } from '../../connect.ts';
import { type Answer, tableText } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';
import { ZonedTime } from './zoned-time.ts';

type HistoryGiven = GivenOf<typeof historyCommand>;
type HistoryQuery = NonNullable<Asking['query']>;

interface Page {
  records: HistoryRecord[];
  nextCursor: string | null;
  origin: string;
}

const PAGE_MAX = 500;
const LIMIT_MAX = 10_000;
const PARTY_WIDTH = 15;
/** With 80 columns; a wider terminal shows more of it. */
const REASON_WIDTH = 9;
const WIDTH = 80;
/** Month to second: the year is known. */
const YEAR_CHARS = 5;

export async function history(given: HistoryGiven): Promise<Answer | null> {
  const times = new ZonedTime(given.zone);
  const query = queryOf(given, times);
  if (given.csv || given.ndjson) return (await import('./history-export.ts')).exportHistory(given, query);
  if (given.output !== undefined)
    throw new CliError('E_USAGE', '--output is given without a format.', 'Add --csv or --ndjson.');
  const { limit } = given;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX)) {
    const hint = `It must be a whole number, 1 to ${LIMIT_MAX}; --csv and --ndjson have no limit.`;
    throw new CliError('E_USAGE', `--limit is ${limit}.`, hint);
  }
  const { records, hasMore, origin } = await newest(connect(given), query, limit);
  const shown = given['show-numbers'] ? records : records.map(record => withoutNumbers(record));
  return historyAnswer({ records: shown, hasMore, origin }, times);
}

function queryOf(given: HistoryGiven, times: ZonedTime): HistoryQuery {
  const { since, until, number, extension, queue, direction, answered, group } = given;
  const end = until === undefined ? undefined : times.moment('until', until);
  const start = since === undefined ? undefined : times.moment('since', since);
  if (start !== undefined && start >= (end ?? Date.now()))
    throw new CliError('E_USAGE', '--since is not before --until.', 'The range holds no time.');
  return { ...{ number, extension, queue, direction, answered, group }, start: iso(start), end: iso(end) };
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** As many as are wanted, page by page. */
async function newest(
  client: ControlClient,
  query: HistoryQuery,
  limit: number,
): Promise<{ records: HistoryRecord[]; hasMore: boolean; origin: string }> {
  const records: HistoryRecord[] = [];
  let cursor: string | undefined;
  for (;;) {
    const asked = { ...query, cursor, limit: Math.min(PAGE_MAX, limit - records.length) };
    // The cursor holds the range of the first page, whose end may have been "now".
    const range = cursor === undefined ? {} : { start: undefined, end: undefined };
    const page: Page = await client.get('/admin/call-history', { ...asked, ...range });
    records.push(...page.records);
    const { nextCursor, origin } = page;
    if (nextCursor === null || records.length >= limit)
      return { records, hasMore: nextCursor !== null, origin };
    cursor = nextCursor;
  }
}

function historyAnswer(
  data: { records: HistoryRecord[]; hasMore: boolean; origin: string },
  times: ZonedTime,
): Answer {
  const { records, hasMore } = data;
  const more = hasMore ? ['There are more: --limit shows more, --csv and --ndjson write all.'] : [];
  return {
    ...{ schema: 'history/1', data, notes: more },
    rows: () => records.map(fullRow),
    text: style => (records.length === 0 ? 'There are no such calls.\n' : pastTable(records, times, style)),
  };
}

function pastTable(records: readonly HistoryRecord[], times: ZonedTime, style: Style): string {
  const how = Math.max(REASON_WIDTH, REASON_WIDTH + style.width - WIDTH);
  const rows = records.map(({ startedAt, direction, from, to, queue, answered, talkSeconds, endReason }) => [
    times.text(startedAt)?.slice(YEAR_CHARS) ?? null,
    DIRECTION_WORDS[direction],
    ...[partyText(from, PARTY_WIDTH), partyText(to, PARTY_WIDTH), queue],
    answered ? clockText(talkSeconds) : 'no',
    cut(endReason, how),
  ]);
  return tableText(['STARTED', 'DIR', 'FROM', 'TO', 'QUEUE', 'TALK', 'HOW'], rows, {
    style,
    paint: (cell, column) => (column === 5 && cell.trim() === 'no' ? style.warn(cell) : cell),
  });
}

/** id, startedAt, answeredAt, endedAt, direction, from, to, did, queue, answered, talkSeconds, endReason. */
function fullRow(record: HistoryRecord): (string | number | null)[] {
  const { id, startedAt, answeredAt, endedAt, direction, from, to, did, queue } = record;
  const { answered, talkSeconds, endReason } = record;
  const ends = [partyText(from), partyText(to)];
  const times = [startedAt, answeredAt, endedAt];
  return [id, ...times, direction, ...ends, did, queue, String(answered), talkSeconds, endReason];
}
