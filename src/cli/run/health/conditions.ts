import { CliError } from '../../../shared/control/cli-error.ts';
import type { ConditionsTold, ConditionTold } from '../../../shared/control-api/told.ts';
import { wrapped } from '../../../shared/telling/cells.ts';
import { isoTime, localTime, spanText, timeCell } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { conditionsCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, tableText, underRows } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';
import { conditionData, paintOfSeverity } from './forms.ts';

type Past = ConditionsTold['history'][number];

const PAST_HEADER = ['ID', 'SEVERITY', 'CODE', 'FROM', 'LASTED'];

export async function conditions(given: GivenOf<typeof conditionsCommand>): Promise<Answer> {
  const { before, history: isHistory } = given;
  if (before !== undefined && !isHistory)
    throw new CliError('E_USAGE', '--before is for the past.', 'Add --history.');
  const limit = isHistory ? given.limit : 1;
  const told = await connect(given).get<ConditionsTold>('/admin/conditions', { before, limit });
  const past = isHistory ? told.history : [];
  const nextBefore = isHistory && past.length === limit ? (past.at(-1)?.id ?? null) : null;
  return {
    schema: 'conditions/1',
    data: {
      current: told.current.map(conditionData),
      hidden: told.hidden.map(conditionData),
      history: past.map(one => ({
        ...one,
        raisedAt: isoTime(one.raisedAt),
        clearedAt: isoTime(one.clearedAt),
      })),
      nextBefore,
    },
    rows: () => [
      ...told.current.map(one => ['current', ...rowOf(one)]),
      ...told.hidden.map(one => ['hidden', ...rowOf(one)]),
      ...past.map(one => [
        'past',
        one.severity,
        one.code,
        timeCell(one.raisedAt),
        timeCell(one.clearedAt),
        one.detail,
      ]),
    ],
    text: style => currentText(told, style) + (isHistory ? pastText(past, style) : ''),
    ...(nextBefore !== null && { notes: [`There may be more: add --before ${nextBefore}.`] }),
  };
}

function rowOf({ severity, code, since, detail }: ConditionTold): Cell[] {
  return [severity, code, timeCell(since), null, detail];
}

function currentText({ current, hidden }: ConditionsTold, style: Style): string {
  if (current.length === 0) return `${style.good('Nothing is wrong.')}\n`;
  const { width } = style;
  const blocks = current.flatMap(({ code, severity, since, what, detail, cause, fix }) => [
    `${style[paintOfSeverity(severity)](severity.padEnd(8))} ${style.bold(code)}, since ${localTime(since)}`,
    ...wrapped(what, { lead: '  what  ', width }),
    ...(detail === '' ? [] : wrapped(detail, { lead: '  seen  ', width })),
    ...wrapped(cause, { lead: '  why   ', width }),
    ...wrapped(fix, { lead: '  do    ', width }),
  ]);
  const effects = hidden.map(({ code }) => code).join(', ');
  const below = effects === '' ? [] : wrapped(effects, { lead: 'Only effects of that: ', width });
  return `${[...blocks, ...below].join('\n')}\n`;
}

function pastText(past: readonly Past[], style: Style): string {
  if (past.length === 0) return 'Nothing was wrong before.\n';
  const rows = past.map(({ id, severity, code, raisedAt, clearedAt }) => [
    ...[id, severity, code, timeCell(raisedAt)],
    clearedAt === null ? 'until now' : spanText(clearedAt - raisedAt),
  ]);
  const below = past.map(({ detail }) =>
    detail === '' ? [] : wrapped(detail, { lead: '    ', width: style.width }),
  );
  const paint = (cell: string, column: number): string =>
    column === 1 ? style[paintOfSeverity(cell.trim())](cell) : cell;
  return `\n${underRows(tableText(PAST_HEADER, rows, { style, paint }), below)}`;
}
