import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from './database/database.ts';
import { pastCalls } from './office/past.ts';
import type { Past } from './options.ts';
import type { Pbx } from './pbx.ts';

interface Filling {
  pbx: Pbx;
  database: Database | null;
  past: Past;
  seed: number;
  /** Ends it early and quietly. */
  signal: AbortSignal;
}

/** Past calls for database and reports; resolves with the number of records. */
export async function fillHistory({ pbx, database, past, seed, signal }: Filling): Promise<number> {
  const hours = pastCalls({ directory: pbx.directory, seed, until: pbx.clock.now(), ...past });
  let count = 0;
  async function* batches() {
    for (const hour of hours) {
      if (signal.aborted) return;
      for (const entry of hour) pbx.callLog.append(entry);
      count += hour.length;
      yield hour.map(entry => entry.record);
      // Servers and live calls go on while the past is written.
      await nextTurn();
    }
  }
  try {
    if (database) await database.fill(batches());
    else for await (const _ of batches());
  } catch (error) {
    // The database may be gone before the last batch when we are stopped.
    if (!signal.aborted) throw error;
  }
  return count;
}
