import type { Clock } from '../../../../core/ports.ts';
import { type RecordTable, surveyRecords } from '../records/record-layout.ts';
import { isNothingThere, isServerFault, reasonOf } from './database-fault.ts';
import { type DatabaseOptions, loginLadder } from './database-login.ts';
import type { Login, RungFailure } from './login.ts';
import { Sessions } from './sessions.ts';

/** Where we got in. */
export interface Standing {
  rung: string;
  sessions: Sessions;
  /** Null while the login works but no table of records is there. */
  table: RecordTable | null;
  /** As the clock's `elapsed`. */
  since: number;
}

interface Climb {
  options: DatabaseOptions;
  clock: Clock;
  signal: AbortSignal;
  /** A connection broke while nobody asked anything. */
  onFault(): void;
}

/** Tries every login in turn until one leads to records; else the first that lets us in at all. */
export async function climb(parts: Climb): Promise<{ standing: Standing | null; failures: RungFailure[] }> {
  const failures: RungFailure[] = [];
  const silent = new Map<string, string>();
  let spare: Standing | null = null;
  for (const step of await loginLadder(parts.options)) {
    if (parts.signal.aborted) break;
    const { rung } = step;
    if ('failure' in step) {
      failures.push({ rung, reason: step.failure, ...(step.isAbsent && { isAbsent: true }) });
      continue;
    }
    // Another password does not help where nobody answers, and each try costs seconds.
    const server = `${step.login.host}:${step.login.port}`;
    const outcome = silent.get(server) ?? (await tryLogin(parts, rung, step.login));
    if (typeof outcome === 'string') {
      failures.push({ rung, reason: outcome });
    } else if ('error' in outcome) {
      const reason = reasonOf(outcome.error);
      failures.push({ rung, reason, ...(isNothingThere(outcome.error) && { isAbsent: true }) });
      if (isServerFault(outcome.error)) silent.set(server, reason);
    } else {
      failures.push(...outcome.failures);
      if (outcome.standing.table) {
        await spare?.sessions.close();
        return { standing: outcome.standing, failures };
      }
      if (spare) await outcome.standing.sessions.close();
      else spare = outcome.standing;
    }
  }
  return { standing: spare, failures };
}

type Outcome = { standing: Standing; failures: RungFailure[] } | { error: unknown };

async function tryLogin(
  { options, clock, signal, onFault }: Climb,
  rung: string,
  login: Login,
): Promise<Outcome> {
  const sessions = new Sessions(login, options, onFault);
  try {
    const survey = await surveyRecords(statement => sessions.query(statement, signal));
    const failures = survey.failures.map(({ rung: table, reason }) => ({
      rung: `${rung}, ${table}`,
      reason,
    }));
    return { standing: { rung, sessions, table: survey.table, since: clock.elapsed() }, failures };
  } catch (error) {
    await sessions.close();
    return { error };
  }
}
