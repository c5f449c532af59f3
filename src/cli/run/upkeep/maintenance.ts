import type { Maintenance } from '../../../daemon/store/maintenance.ts';
import { isDaemonAway } from '../../../shared/control/cli-error.ts';
import type { MaintenanceTold } from '../../../shared/control-api/told.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { sizeText } from '../../../shared/telling/size.ts';
import type { GivenOf } from '../../command.ts';
import type { maintenanceCommand } from '../../commands/upkeep.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, tableText } from '../../output/answer.ts';
import { NOT_DONE } from '../../output/plan.ts';

/** Large files on slow disks; the daemon goes on with its work meanwhile. */
const LONG_MS = 3_600_000;

export async function maintenance(given: GivenOf<typeof maintenanceCommand>): Promise<Answer> {
  const dryRun = given['dry-run'];
  const { by, files } = await byDaemonOrHere(given, dryRun);
  const isDamaged = files.some(({ fault }) => fault !== null);
  const wouldChange = files.some(
    ({ removed, bytesBefore, bytesAfter }) => rowsOf(removed) > 0 || bytesAfter < bytesBefore,
  );
  const exit = isDamaged ? EXIT.failed : dryRun && wouldChange ? EXIT.found : null;
  const rows = files.map(({ part, fault, removed, bytesBefore, bytesAfter }): Cell[] => [
    part,
    fault === null ? 'sound' : 'DAMAGED',
    rowsOf(removed),
    sizeText(bytesBefore),
    sizeText(bytesAfter),
  ]);
  const first = dryRun ? `${NOT_DONE}:\n` : '';
  return {
    schema: 'maintenance/1',
    data: { dryRun, ...(dryRun && { wouldChange }), by, files },
    rows: () => files.map(one => [one.part, one.fault, rowsOf(one.removed), one.bytesBefore, one.bytesAfter]),
    text: style =>
      first +
      tableText(['FILE', 'IS', 'ROWS REMOVED', 'BEFORE', 'AFTER'], rows, {
        style,
        paint: (cell, column) => (column === 1 && cell.startsWith('DAMAGED') ? style.bad(cell) : cell),
      }) +
      files.map(damageText).join(''),
    ...(exit !== null && { exit }),
  };
}

async function byDaemonOrHere(
  given: GivenOf<typeof maintenanceCommand>,
  dryRun: boolean,
): Promise<{ by: 'daemon' | 'command'; files: Maintenance[] }> {
  try {
    const asking = { method: 'POST' as const, body: { dryRun }, timeoutMs: LONG_MS };
    const { files } = await connect(given).ask<MaintenanceTold>('/admin/maintenance', asking);
    return { by: 'daemon', files };
  } catch (error) {
    if (!isDaemonAway(error) || given.socket !== undefined) throw error;
    const { maintainHere } = await import('./maintain-here.ts');
    return { by: 'command', files: await maintainHere(dryRun) };
  }
}

function damageText({ part, fault }: Maintenance): string {
  if (fault === null) return '';
  const next =
    part === 'journal'
      ? 'The next start of the daemon moves it aside and begins a new log, and tells clients of the hole.'
      : "Stop the daemon, then bring back a backup: '3cx-relay restore <folder>'.";
  return `\n${part}.db is damaged and was left as it is: ${fault}\n${next}\n`;
}

function rowsOf(removed: Record<string, number>): number {
  return Object.values(removed).reduce((sum, rows) => sum + rows, 0);
}
