import { CliError } from '../../../shared/control/cli-error.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { demandChange } from '../../../shared/control/whoever.ts';
import type { ErrorsTold, ErrorTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { wrapped } from '../../../shared/telling/cells.ts';
import { localTime, timeCell } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { errorsAckCommand, errorsCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, sentenceAnswer, tableText, underRows } from '../../output/answer.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { momentFrom } from '../../words/moment.ts';
import { errorData, paintOfSeverity } from './forms.ts';

type AckGiven = GivenOf<typeof errorsAckCommand>;
type Choice = Partial<Record<'component' | 'severity', string>> & { since?: number };

const HEADER = ['ID', 'SEVERITY', 'CODE', 'COUNT', 'LAST SEEN', 'PART'];
const PAGE_MAX = 500;
/** The daemon acknowledges so many in one go. */
const ACKNOWLEDGED_AT_ONCE = 1000;

export async function errors(given: GivenOf<typeof errorsCommand>): Promise<Answer> {
  const { limit, cursor, unacknowledged } = given;
  const { errors: listed, nextCursor } = await connect(given).get<ErrorsTold>('/admin/errors', {
    ...{ ...choiceOf(given), limit, cursor },
    acknowledged: unacknowledged ? false : undefined,
  });
  return {
    schema: 'errors/1',
    data: { errors: listed.map(errorData), nextCursor },
    rows: () =>
      listed.map(one => [...rowOf(one), one.place, one.acknowledgedBy, timeCell(one.firstSeen), one.detail]),
    text: style => {
      if (listed.length === 0) return 'No errors.\n';
      const { width } = style;
      const below = listed.map(one => [
        ...wrapped(`${one.place}: ${one.detail}`, { lead: '    ', width }),
        ...(one.acknowledgedAt === null
          ? []
          : wrapped(`acknowledged by ${one.acknowledgedBy}, ${localTime(one.acknowledgedAt)}`, {
              ...{ lead: '    ', width },
            })),
      ]);
      const paint = (cell: string, column: number): string =>
        column === 1 ? style[paintOfSeverity(cell.trim())](cell) : cell;
      return underRows(tableText(HEADER, listed.map(rowOf), { style, paint }), below);
    },
    ...(nextCursor !== null && { notes: [`There are more: add --cursor ${nextCursor}.`] }),
  };
}

export async function acknowledge(given: AckGiven): Promise<Answer> {
  const choice = checked(given);
  const daemon = connect(given);
  const what = given.id ?? 'all';
  const schema = 'errors-ack/1';
  if (given['dry-run']) {
    await demandChange(daemon);
    const count = await countOf(daemon, given.id ?? choice);
    const says = `${NOT_DONE} ${countText(count)} would be acknowledged.`;
    return planned(schema, { says, wouldChange: count > 0, data: { acknowledged: count } });
  }
  const path = `/admin/errors/${encodeURIComponent(what)}/acknowledge`;
  let acknowledged = 0;
  let done: number;
  do {
    ({ acknowledged: done } = await daemon.ask<{ acknowledged: number }>(path, {
      ...{ method: 'POST', body: choice },
    }));
    acknowledged += done;
  } while (done >= ACKNOWLEDGED_AT_ONCE);
  const data = { dryRun: false, acknowledged };
  return sentenceAnswer({ schema, data, says: `${countText(acknowledged)} acknowledged.` });
}

function checked(given: AckGiven): Choice {
  const choice = choiceOf(given);
  if ((given.id === undefined) !== given.all) {
    throw new CliError('E_USAGE', 'Which error?', "Give an id, as '3cx-relay errors' lists it, or --all.");
  }
  if (given.id !== undefined && Object.values(choice).some(value => value !== undefined)) {
    throw new CliError('E_USAGE', 'An id is one error already.', 'A choice is for --all.');
  }
  return choice;
}

function choiceOf({
  component,
  severity,
  since,
}: Pick<AckGiven, 'component' | 'severity' | 'since'>): Choice {
  return {
    ...(component !== undefined && { component }),
    ...(severity !== undefined && { severity }),
    ...(since !== undefined && { since: momentFrom('since', since) }),
  };
}

/** How many nobody has acknowledged: of a choice, or of the one with this id. Throws when there is none with it. */
async function countOf(daemon: ControlClient, what: string | Choice): Promise<number> {
  const isOne = typeof what === 'string';
  let count = 0;
  let cursor: string | undefined;
  do {
    const page: ErrorsTold = await daemon.get<ErrorsTold>('/admin/errors', {
      ...(isOne ? {} : { ...what, acknowledged: false }),
      ...{ limit: PAGE_MAX, cursor },
    });
    const found = isOne ? page.errors.find(({ id }) => String(id) === what) : undefined;
    if (found) return found.acknowledgedAt === null ? 1 : 0;
    count += page.errors.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  if (!isOne) return count;
  throw new AppError('E_NOT_FOUND', { detail: `There is no error ${what}; '3cx-relay errors' lists all.` });
}

function rowOf({ id, severity, code, count, lastSeen, component }: ErrorTold): Cell[] {
  return [id, severity, code, count, timeCell(lastSeen), component];
}

function countText(count: number): string {
  return count === 1 ? '1 error' : `${count} errors`;
}
