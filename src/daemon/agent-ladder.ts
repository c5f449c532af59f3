import { AppError } from '../shared/errors.ts';
import type { AgentStateHistory } from './agent-history.ts';
import type {
  AgentHistory,
  AgentHistoryPage,
  AgentStretchQuery,
  Clock,
  HealthReporter,
  Service,
} from './core/ports.ts';
import { type OperatorStates, STATE_TABLE } from './sources/threecx/history/operator-states.ts';
import { Poll } from './sources/threecx/live/poll.ts';

interface LadderParts {
  table: Pick<OperatorStates, 'stretches' | 'check'>;
  own: AgentStateHistory;
  /** Why agents' states cannot be read at the moment, which our own history is made of; null when they can. */
  whyUnseen: () => string | null;
  health: HealthReporter;
  clock: Clock;
}

const OWN_RUNG = 'own history from XAPI Users';
const LOOK_EVERY_MS = 2000;

/** The states agents were in, from the highest rung that holds: the PBX's own table, else what we saw ourselves. */
export class AgentStateLadder implements AgentHistory, Service {
  readonly #parts: LadderParts;
  readonly #poll: Poll;

  constructor(parts: LadderParts) {
    this.#parts = parts;
    const { clock, health } = parts;
    this.#poll = new Poll({
      work: signal => this.#look(signal),
      onFault: error =>
        health.incident({ code: 'E_AGENT_HISTORY', place: STATE_TABLE, detail: String(error) }),
      gapMinMs: LOOK_EVERY_MS,
      // The database is just being looked for.
      firstInMs: LOOK_EVERY_MS,
      clock,
    });
  }

  start(signal: AbortSignal): void {
    this.#poll.start(signal);
  }

  stop(): Promise<void> {
    return this.#poll.stop();
  }

  async stretches(query: AgentStretchQuery): Promise<AgentHistoryPage> {
    const { table, own } = this.#parts;
    const answer = await this.#onTable(() => table.stretches(query));
    return answer === null
      ? { stretches: own.stretches(query), origin: OWN_RUNG }
      : { stretches: answer, origin: STATE_TABLE };
  }

  async #look(signal: AbortSignal): Promise<number> {
    try {
      await this.#onTable(() => this.#parts.table.check(signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return LOOK_EVERY_MS;
  }

  /** Null when the rung does not hold; either way it is told how things stand. */
  async #onTable<Result>(work: () => Promise<Result>): Promise<Result | null> {
    try {
      const result = await work();
      this.#tell(null);
      return result;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#tell(`${STATE_TABLE}: ${error.detail}`);
      return null;
    }
  }

  #tell(fault: string | null): void {
    const { health, whyUnseen } = this.#parts;
    const unseen = fault === null ? null : whyUnseen();
    health.report({
      component: 'agents',
      state: unseen === null ? 'up' : 'down',
      rung: fault === null ? STATE_TABLE : unseen === null ? OWN_RUNG : null,
      reason: unseen === null ? fault : `${fault}; ${OWN_RUNG}: ${unseen}`,
      latencyMs: null,
      nextAttemptAt: null,
      conditions: unseen === null ? [] : ['AGENTS_UNREADABLE'],
    });
  }
}
