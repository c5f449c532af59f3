import { CliError } from '../../../shared/control/cli-error.ts';
import type { AuditRowTold, AuditTold, VerifiedTold } from '../../../shared/control-api/told.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { clean, cut } from '../../../shared/telling/cells.ts';
import { isoTime, timeCell } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { auditCommand, auditVerifyCommand } from '../../commands/access.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, fieldsAnswer, tableAnswer } from '../../output/answer.ts';
import { momentFrom } from '../../words/moment.ts';

const KEEP_HEAD = 'Written down elsewhere, rows and hash prove later that none was taken away since.';
/** Ids of connections are long, and 80 columns are few; --plain, --json and --verbose have them whole. */
const SUBJECT_WIDTH = 14;
/** All rows are read again, which takes as long as there are many. */
const VERIFY_WITHIN_MS = 600_000;

export async function listAudit(given: GivenOf<typeof auditCommand>): Promise<Answer> {
  const { actor, action, limit, cursor } = given;
  const since = given.since === undefined ? undefined : momentFrom('since', given.since);
  const page = await connect(given).get<AuditTold>('/admin/audit', {
    ...{ actor, action, since, limit, cursor },
  });
  const { rows, nextCursor } = page;
  const table = (cells: Cell[][]): Answer =>
    tableAnswer({
      schema: 'audit/1',
      data: { rows: rows.map(row => ({ ...row, time: isoTime(row.time) })), nextCursor },
      header: ['ROW', 'TIME', 'WHO', 'DID', 'TO', 'ENDED', ...(given.verbose ? ['MORE'] : [])],
      rows: cells,
      none: 'Nothing of that is written down.',
      paint: (cell, column, style) => (column === 5 && cell.trim() !== 'ok' ? style.warn(cell) : cell),
      notes: nextCursor === null ? [] : [`There are more: add --cursor ${nextCursor}.`],
    });
  const whole = rows.map(row => cellsOf(row, given.verbose));
  if (given.verbose) return table(whole);
  const short = rows.map(row =>
    cellsOf({ ...row, subject: row.subject && cut(row.subject, SUBJECT_WIDTH) }, false),
  );
  return { ...table(whole), text: table(short).text };
}

export async function verifyAudit(given: GivenOf<typeof auditVerifyCommand>): Promise<Answer> {
  const { count, hash } = given;
  if ((count === undefined) !== (hash === undefined)) {
    throw new CliError('E_USAGE', '--count and --hash belong together.', 'Give both, or neither.');
  }
  const report = await connect(given).ask<VerifiedTold>('/admin/audit/verify', {
    ...{ query: { count, hash }, timeoutMs: VERIFY_WITHIN_MS },
  });
  const { sound, fault } = report;
  const schema = 'audit-verify/1';
  const fields = {
    result: fault === null ? 'as written' : 'not as written',
    rows: sound.count,
    hash: sound.hash,
    ...(fault !== null && { row: fault.row, what: fault.what }),
  };
  const listed = fieldsAnswer({ schema, data: report, fields });
  const said = (says: string): Answer['text'] => {
    return style => `${clean(says)}\n${listed.text(style)}`;
  };
  if (fault === null) {
    const says = `All ${sound.count} rows are as they were written.`;
    return { ...listed, text: said(says), notes: count === undefined ? [KEEP_HEAD] : [] };
  }
  const says = `Row ${fault.row} is not as it was written. ${fault.text}`;
  return { ...listed, text: said(says), exit: EXIT.found };
}

function cellsOf(
  { id, time, actor, action, subject, outcome, detail }: AuditRowTold,
  isVerbose: boolean,
): Cell[] {
  const cells = [id, timeCell(time), actor, action, subject, outcome];
  if (!isVerbose) return cells;
  const more = Object.entries(detail).map(([name, value]) => `${name}=${textOf(value)}`);
  return [...cells, more.join(' ') || null];
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
