import { resolve } from 'node:path';
import type { Maintenance } from '../../../daemon/store/maintenance.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { CliError } from '../../cli-error.ts';
import type { GivenOf } from '../../command.ts';
import type { backupCommand, maintenanceCommand } from '../../commands/upkeep.ts';
import { connect } from '../../control/connect.ts';
import { type Answer, type Cell, sentenceAnswer, tableText } from '../../output/answer.ts';

interface Made {
  folder: string;
  manifest: { files: { part: string; bytes: number }[] };
}

const MIB = 1_048_576;
/** Large files on slow disks; the daemon goes on with its work meanwhile. */
const LONG_MS = 3_600_000;

export async function backup(given: GivenOf<typeof backupCommand>): Promise<Answer> {
  const dryRun = given['dry-run'];
  const client = connect(given);
  const order = { dryRun, ...(given.to !== undefined && { folder: resolve(given.to) }) };
  const asked = { method: 'POST' as const, body: order, timeoutMs: LONG_MS };
  if (dryRun) {
    const { folder, bytes } = await client.ask<{ folder: string; bytes: number }>('/admin/backup', asked);
    return sentenceAnswer({
      schema: 'backup/1',
      data: { dryRun, wouldChange: true, folder, bytes, manifest: null },
      says: `Nothing was written. Without --dry-run a backup of ${size(bytes)} would be made in ${folder}.`,
      exit: EXIT.found,
    });
  }
  const { folder, manifest } = await client.ask<Made>('/admin/backup', asked);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    ...sentenceAnswer({
      schema: 'backup/1',
      data: { dryRun, folder, bytes, manifest },
      says: `The backup is in ${folder} (${size(bytes)}), and was proven.`,
      notes: [`To bring it back: 'systemctl stop 3cx-relay', then '3cx-relay restore ${folder}'.`],
    }),
    rows: () => [[folder, bytes]],
  };
}

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
    size(bytesBefore),
    size(bytesAfter),
  ]);
  const first = dryRun ? 'Nothing was changed. Without --dry-run:\n' : '';
  return {
    schema: 'maintenance/1',
    data: { dryRun, ...(dryRun && { wouldChange }), by, files },
    rows: () => files.map(one => [one.part, one.fault, rowsOf(one.removed), one.bytesBefore, one.bytesAfter]),
    text: style =>
      first +
      tableText(['file', 'is', 'rows removed', 'before', 'after'], rows, {
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
    const { files } = await connect(given).ask<{ files: Maintenance[] }>('/admin/maintenance', asking);
    return { by: 'daemon', files };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'E_DAEMON_AWAY' || given.socket !== undefined)
      throw error;
    const { maintainHere } = await import('./stopped.ts');
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

function size(bytes: number): string {
  return bytes < MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}
