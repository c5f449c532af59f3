import { resolve } from 'node:path';
import type { BackupTold, PlannedBackupTold } from '../../../shared/control-api/told.ts';
import { sizeText } from '../../../shared/telling/size.ts';
import type { GivenOf } from '../../command.ts';
import type { backupCommand } from '../../commands/upkeep.ts';
import { connect } from '../../connect.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';

/** Large files on slow disks; the daemon goes on with its work meanwhile. */
const LONG_MS = 3_600_000;

export async function backup(given: GivenOf<typeof backupCommand>): Promise<Answer> {
  const dryRun = given['dry-run'];
  const client = connect(given);
  const order = { dryRun, ...(given.to !== undefined && { folder: resolve(given.to) }) };
  const asked = { method: 'POST' as const, body: order, timeoutMs: LONG_MS };
  if (dryRun) {
    const { folder, bytes } = await client.ask<PlannedBackupTold>('/admin/backup', asked);
    return planned('backup/1', {
      says: `${NOT_DONE} a backup of ${sizeText(bytes)} would be made in ${folder}.`,
      wouldChange: true,
      data: { folder, bytes, manifest: null },
    });
  }
  const { folder, manifest } = await client.ask<BackupTold>('/admin/backup', asked);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    ...sentenceAnswer({
      schema: 'backup/1',
      data: { dryRun, folder, bytes, manifest },
      says: `The backup is in ${folder} (${sizeText(bytes)}), and was proven.`,
      notes: [`To bring it back: 'systemctl stop 3cx-relay', then '3cx-relay restore ${folder}'.`],
    }),
    rows: () => [[folder, bytes]],
  };
}
