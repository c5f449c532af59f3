import { backoffDelay, sleep } from '../../../../../shared/backoff.ts';
import type { ConditionCode } from '../../../../../shared/conditions/condition-table.ts';
import type { Clock, ComponentHealth, HealthReporter, Service } from '../../../../core/ports.ts';
import type { RecordTable } from '../records/record-layout.ts';
import { climb, type Standing } from './climb.ts';
import { asAppError, isConnectionFault, isLayoutFault, reasonOf } from './database-fault.ts';
import type { DatabaseOptions } from './database-login.ts';
import type { RungFailure } from './login.ts';
import type { Statement, TextRow } from './statement.ts';
import { surveyRights } from './table-survey.ts';

interface DatabaseParts {
  options: DatabaseOptions;
  health: HealthReporter;
  clock: Clock;
  random?: () => number;
  /** For tests; everything else takes the values below. */
  limits?: Partial<DatabaseLimits>;
}

export const DATABASE_LIMITS = {
  probeEveryMs: 5000,
  /** Without a table of records the whole ladder is tried again, in case one appears. */
  climbEveryMs: 60_000,
  retryMs: 1000,
  retryCapMs: 60_000,
};
type DatabaseLimits = typeof DATABASE_LIMITS;

const PROBE: Statement = { text: 'SELECT 1', values: [] };
/** With every connection at work the pulse is not felt by a question of its own for so long. */
const BUSY_TRUST_MS = 15_000;
const RETRY_FLOOR_MS = 200;
const STABLE_MS = 30_000;

/** The PBX's database, read only: finds a way in, feels the pulse, and comes back for ever. */
export class Database implements Service {
  readonly #parts: DatabaseParts;
  readonly #limits: DatabaseLimits;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #standing: Standing | null = null;
  #failures: RungFailure[] = [];
  /** Since the start: what was there once and is not any more, is missing. */
  #wasThere = false;
  #isClimbWanted = false;
  #lastAnswerAt = 0;
  #wideRights: string | null = null;

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.#limits = { ...DATABASE_LIMITS, ...parts.limits };
  }

  start(signal: AbortSignal): void {
    this.#running = this.#run(AbortSignal.any([signal, this.#stopping.signal]));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** The whole ladder again, now; questions under way are ended. */
  reconnect(): void {
    this.#isClimbWanted = true;
    this.#wake.abort();
  }

  get records(): RecordTable | null {
    return this.#standing?.table ?? null;
  }

  /** Which login holds, and why those above it do not. */
  get ladder(): { rung: string | null; failures: readonly RungFailure[] } {
    return { rung: this.#standing?.rung ?? null, failures: this.#failures };
  }

  /** What our login may do to the records besides reading them; null when nothing. */
  get wideRights(): string | null {
    return this.#wideRights;
  }

  get pool(): { max: number; open: number; idle: number; waiting: number } | null {
    return this.#standing?.sessions.counts ?? null;
  }

  /** Throws AppErrors, and the signal's reason when that ended it. */
  async query(statement: Statement, signal?: AbortSignal): Promise<TextRow[]> {
    const standing = this.#required();
    try {
      const rows = await standing.sessions.query(statement, signal);
      this.#lastAnswerAt = this.#parts.clock.elapsed();
      return rows;
    } catch (error) {
      throw this.#judged(error, signal);
    }
  }

  /** Each row is made into what is wanted of it as it comes in. */
  async *stream<Made>(
    statement: Statement,
    signal: AbortSignal,
    make: (row: TextRow) => Made,
  ): AsyncGenerator<Made[]> {
    const standing = this.#required();
    try {
      for await (const batch of standing.sessions.stream(statement, signal, make)) {
        this.#lastAnswerAt = this.#parts.clock.elapsed();
        yield batch;
      }
    } catch (error) {
      throw this.#judged(error, signal);
    }
  }

  #required(): Standing {
    if (this.#standing) return this.#standing;
    throw asAppError(new Error(`no connection to the PBX's database (${reasonsOf(this.#failures)})`));
  }

  #judged(error: unknown, signal?: AbortSignal): unknown {
    if (signal?.aborted) return error;
    if (isLayoutFault(error)) this.#isClimbWanted = true;
    if (isLayoutFault(error) || isConnectionFault(error)) this.#wake.abort();
    return asAppError(error);
  }

  async #run(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      this.#isClimbWanted = false;
      const { options, clock } = this.#parts;
      const { standing, failures } = await climb({
        options,
        clock,
        signal,
        onFault: () => this.#wake.abort(),
      });
      this.#standing = standing;
      this.#wasThere ||= standing !== null;
      this.#failures = failures;
      this.#wideRights = standing && (await rightsOf(standing, signal));
      if (standing) {
        const isAnswering = await this.#stay(standing, signal);
        this.#standing = null;
        await standing.sessions.close();
        if (clock.elapsed() - standing.since > STABLE_MS) attempt = 0;
        if (isAnswering) continue;
      }
      attempt += 1;
      const delayMs = backoffDelay({
        attempt,
        baseMs: this.#limits.retryMs,
        capMs: this.#limits.retryCapMs,
        floorMs: RETRY_FLOOR_MS,
        ...(this.#parts.random && { random: this.#parts.random }),
      });
      this.#report({ state: 'down', latencyMs: null, nextAttemptAt: clock.now() + delayMs });
      await this.#pause(delayMs, signal);
    }
  }

  /** Until something is wrong or the ladder is to be tried anew; true when the server answered to the last. */
  async #stay(standing: Standing, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && !this.#isClimbWanted) {
      const asked = this.#parts.clock.elapsed();
      try {
        if (!this.#isBusy(standing)) await standing.sessions.query(PROBE, signal);
      } catch (error) {
        if (!signal.aborted)
          this.#failures = [...this.#failures, { rung: standing.rung, reason: reasonOf(error) }];
        return false;
      }
      const latencyMs = this.#parts.clock.elapsed() - asked;
      this.#report({ state: standing.table ? 'up' : 'degraded', latencyMs, nextAttemptAt: null });
      if (!standing.table && asked - standing.since > this.#limits.climbEveryMs) return true;
      await this.#pause(this.#limits.probeEveryMs, signal);
    }
    return true;
  }

  #isBusy({ sessions }: Standing): boolean {
    const { max, open, idle } = sessions.counts;
    return idle === 0 && open >= max && this.#parts.clock.elapsed() - this.#lastAnswerAt < BUSY_TRUST_MS;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  #report(told: Pick<ComponentHealth, 'state' | 'latencyMs' | 'nextAttemptAt'>): void {
    const reason = this.#failures.length > 0 ? reasonsOf(this.#failures) : null;
    // Where nothing says that there is one, nothing is missing.
    const isOff =
      told.state === 'down' && !this.#wasThere && this.#failures.every(({ isAbsent }) => isAbsent);
    const state = isOff ? 'disabled' : told.state;
    const { rung } = this.ladder;
    const conditions = conditionsOf(state);
    this.#parts.health.report({ component: 'database', rung, reason, conditions, ...told, state });
  }
}

function reasonsOf(failures: readonly RungFailure[]): string {
  return failures.map(({ rung, reason }) => `${rung}: ${reason}`).join('; ');
}

function conditionsOf(state: ComponentHealth['state']): ConditionCode[] {
  if (state === 'up') return [];
  if (state === 'degraded') return ['DATABASE_NO_RECORDS'];
  return [state === 'disabled' ? 'DATABASE_OFF' : 'DATABASE_DOWN'];
}

async function rightsOf({ table, sessions }: Standing, signal: AbortSignal): Promise<string | null> {
  if (!table) return null;
  // Whatever goes wrong here goes wrong at the pulse as well, which tells it.
  return surveyRights(statement => sessions.query(statement, signal), table).catch(() => null);
}
