import { dirname, resolve } from 'node:path';
import { systemClock } from '../../../daemon/clock.ts';
import { lockState } from '../../../daemon/instance-lock.ts';
import type { Manifest } from '../../../daemon/store/backup/manifest.ts';
import { proveBackup, type Restored, restore as restoreFiles } from '../../../daemon/store/backup/restore.ts';
import { claimedUser } from '../../../shared/control/credentials.ts';
import { AppError } from '../../../shared/errors.ts';
import { type Paths, pathsUnder } from '../../../shared/paths.ts';
import { localTime } from '../../../shared/telling/time.ts';
import type { GivenOf } from '../../command.ts';
import type { restoreCommand } from '../../commands/upkeep.ts';
import { type Answer, sentenceAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';

/** Needs the files for itself: it is the one command that works beside a daemon that must not run. */
export async function restore(given: GivenOf<typeof restoreCommand>): Promise<Answer> {
  const paths = pathsUnder(process.env['RELAY_HOME']);
  const folder = resolve(given.folder);
  const daemonRuns = lockState(paths.lockFile) === 'held';
  const manifest = await proveBackup(folder);
  if (given['dry-run']) return plannedRestore({ manifest, folder, daemonRuns, paths });
  if (daemonRuns) throw stillRunning();
  const there = dirname(paths.stateFile);
  await confirm(
    given,
    `Put the backup of ${localTime(manifest.createdAt)} in place of the files in ${there}?`,
  );
  const done = await restoreFiles({ folder, paths, now: Date.now() });
  const unwritten = await writeDown(paths, folder);
  return told(done, { folder, unwritten });
}

interface Proven {
  manifest: Manifest;
  folder: string;
  daemonRuns: boolean;
  paths: Paths;
}

function plannedRestore({ manifest, folder, daemonRuns, paths }: Proven): Answer {
  const first = daemonRuns ? ' The daemon runs and must be stopped first.' : '';
  const then = `it would take the place of the files in ${dirname(paths.stateFile)}.${first}`;
  return planned('restore/1', {
    says: `The backup ${folder} is whole and of ${localTime(manifest.createdAt)}. ${NOT_DONE} ${then}`,
    wouldChange: true,
    data: { manifest, keptAside: [], keysRevokedAgain: [], daemonRuns },
  });
}

function told(
  { manifest, keptAside, keysRevokedAgain }: Restored,
  { folder, unwritten }: { folder: string; unwritten: string | null },
): Answer {
  const revoked = keysRevokedAgain.length > 0 && `Still revoked: ${keysRevokedAgain.join(', ')}.`;
  const kept = keptAside.length > 0 && `The files of before: ${keptAside.join(', ')}.`;
  const notes = [
    revoked,
    kept,
    unwritten !== null && `The audit log could not be told of it: ${unwritten}`,
    "Start the daemon now: 'systemctl start 3cx-relay'.",
  ];
  return {
    ...sentenceAnswer({
      schema: 'restore/1',
      data: { dryRun: false, manifest, keptAside, keysRevokedAgain, daemonRuns: false },
      says: `The backup of ${localTime(manifest.createdAt)} is in place (${folder}).`,
      notes: notes.filter(one => one !== false),
    }),
    rows: () => keptAside.map(file => [file]),
  };
}

/** As the last row of the log that was just brought back. Null, or why it could not be. */
async function writeDown(paths: Paths, folder: string): Promise<string | null> {
  const [{ AuditLog }, { openDatabase }, { readSchema }] = await Promise.all([
    import('../../../daemon/audit/audit-log.ts'),
    import('../../../daemon/store/database.ts'),
    import('../../../daemon/store/schema-text.ts'),
  ]);
  try {
    const database = openDatabase({ path: paths.stateFile, part: 'state', schema: readSchema() });
    try {
      const by = { actor: `cli:${claimedUser()}`, via: 'cli', source: 'command line' } as const;
      new AuditLog({ database, clock: systemClock }).note({ by, action: 'backup.restore', subject: folder });
      return null;
    } finally {
      database.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function stillRunning(): AppError {
  const detail = "The daemon runs and uses the files. Stop it first: 'systemctl stop 3cx-relay'.";
  return new AppError('E_CONFLICT', { detail });
}
