import { demandChange } from '../../../shared/control/whoever.ts';
import type { ChangesTold, ConnectionsTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { wrapped } from '../../../shared/telling/cells.ts';
import { isoTime, timeCell } from '../../../shared/telling/time.ts';
import type { Common, GivenOf } from '../../command.ts';
import type { connectionsHistoryCommand, connectionsReconnectCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import { type Answer, sentenceAnswer, tableText, underRows } from '../../output/answer.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { momentFrom } from '../../words/moment.ts';
import { connectionData, paintOfState } from './forms.ts';

const HEADER = ['CONNECTION', 'STATE', 'SINCE', 'LATENCY', 'NEXT TRY'];
const HISTORY_HEADER = ['ID', 'TIME', 'CONNECTION', 'STATE', 'LATENCY'];

export async function connections(given: Common): Promise<Answer> {
  const told = await connect(given).get<ConnectionsTold>('/admin/connections');
  const rows = told.components.map(({ component, state, since, latencyMs, nextAttemptAt }) => [
    ...[component, state, timeCell(since)],
    ...[latencyText(latencyMs), timeCell(nextAttemptAt)],
  ]);
  return {
    schema: 'connections/1',
    data: { status: told.status, connections: told.components.map(connectionData) },
    rows: () => rows.map((row, index) => [...row, ...wayOf(told.components[index])]),
    text: style => {
      const below = told.components.map(({ rung, reason }) => [
        ...(rung === null ? [] : wrapped(rung, { lead: '  by   ', width: style.width })),
        ...(reason === null ? [] : wrapped(reason, { lead: '  why  ', width: style.width })),
      ]);
      const paint = (cell: string, column: number): string =>
        column === 1 ? style[paintOfState(cell.trim())](cell) : cell;
      return underRows(tableText(HEADER, rows, { style, paint }), below);
    },
  };
}

export async function connectionsHistory(given: GivenOf<typeof connectionsHistoryCommand>): Promise<Answer> {
  const { component, since, before, limit } = given;
  const { changes } = await connect(given).get<ChangesTold>('/admin/connections/history', {
    ...{ component, before, limit },
    since: since === undefined ? undefined : momentFrom('since', since),
  });
  const nextBefore = changes.length < limit ? null : (changes.at(-1)?.id ?? null);
  const rows = changes.map(one => [
    ...[one.id, timeCell(one.time), one.component, one.state],
    latencyText(one.latencyMs),
  ]);
  return {
    schema: 'connections-history/1',
    data: { changes: changes.map(one => ({ ...one, time: isoTime(one.time) })), nextBefore },
    rows: () => rows.map((row, index) => [...row, ...wayOf(changes[index])]),
    text: style => {
      if (changes.length === 0) return 'Nothing changed in that time.\n';
      const below = changes.map(({ reason, state }) =>
        reason === null || state === 'up' ? [] : wrapped(reason, { lead: '    ', width: style.width }),
      );
      const paint = (cell: string, column: number): string =>
        column === 3 ? style[paintOfState(cell.trim())](cell) : cell;
      return underRows(tableText(HISTORY_HEADER, rows, { style, paint }), below);
    },
    ...(nextBefore !== null && { notes: [`There may be more: add --before ${nextBefore}.`] }),
  };
}

export async function reconnect(given: GivenOf<typeof connectionsReconnectCommand>): Promise<Answer> {
  const { component } = given;
  const schema = 'connections-reconnect/1';
  const daemon = connect(given);
  if (given['dry-run']) {
    await demandChange(daemon);
    const { components } = await daemon.get<ConnectionsTold>('/admin/connections');
    if (!components.some(one => one.component === component && one.canReconnect)) {
      throw new AppError('E_NOT_FOUND', {
        detail: `There is no connection "${component}" here that could be tried again; '3cx-relay connections' lists all.`,
      });
    }
    return planned(schema, {
      says: `${NOT_DONE} ${component} would be tried again now.`,
      wouldChange: true,
      data: { component },
    });
  }
  await daemon.ask(`/admin/connections/${component}/reconnect`, { method: 'POST' });
  const says = `${component} is being tried again now; '3cx-relay connections' tells how it went.`;
  return sentenceAnswer({ schema, data: { component, dryRun: false }, says });
}

function wayOf(one: { rung: string | null; reason: string | null } | undefined): (string | null)[] {
  return [one?.rung ?? null, one?.reason ?? null];
}

function latencyText(latencyMs: number | null): string | null {
  return latencyMs === null ? null : `${Math.round(latencyMs)} ms`;
}
