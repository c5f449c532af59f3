import { existsSync, statSync } from 'node:fs';
import { lockInstance } from '../../../daemon/instance-lock.ts';
import { openDatabase } from '../../../daemon/store/database.ts';
import { isDamage } from '../../../daemon/store/database-fault.ts';
import { type Maintenance, maintain } from '../../../daemon/store/maintenance.ts';
import { readSchema } from '../../../daemon/store/schema-text.ts';
import { suspect } from '../../../daemon/store/soundness.ts';
import { AppError } from '../../../shared/errors.ts';
import { pathsUnder } from '../../../shared/paths.ts';

/** On the files themselves, while no daemon uses them. */
export async function maintainHere(isDryRun: boolean): Promise<Maintenance[]> {
  const { stateFile, journalFile, lockFile } = pathsUnder(process.env['RELAY_HOME']);
  const files = [
    { part: 'state', path: stateFile },
    { part: 'journal', path: journalFile },
  ] as const;
  const there = files.filter(({ path }) => existsSync(path));
  if (there.length === 0) {
    const detail = `No daemon runs, and there is no ${stateFile}. Does RELAY_HOME name the right folder?`;
    throw new AppError('E_NOT_FOUND', { detail });
  }
  const release = lockInstance(lockFile);
  try {
    const schema = readSchema();
    const done: Maintenance[] = [];
    for (const { part, path } of there) {
      try {
        const database = openDatabase({ path, part, schema });
        try {
          done.push(...(await maintain({ parts: [{ part, database }], now: Date.now(), isDryRun })));
        } finally {
          database.close();
        }
      } catch (error) {
        if (!isDamage(error)) throw error;
        done.push(damaged(part, path, error));
      }
    }
    return done;
  } finally {
    release();
  }
}

/** So damaged that it cannot even be opened. */
function damaged(part: Maintenance['part'], path: string, error: unknown): Maintenance {
  suspect(path);
  const bytes = statSync(path).size;
  const fault = String(error instanceof AppError ? error.cause : error);
  return { part, removed: {}, bytesBefore: bytes, bytesAfter: bytes, fault };
}
