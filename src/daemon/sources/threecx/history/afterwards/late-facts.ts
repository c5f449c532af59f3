import type { EndReason } from '../../../../../shared/call.ts';
import { AppError } from '../../../../../shared/errors.ts';
import type { JournalEntry } from '../../../../../shared/journal-entry.ts';
import type { CallFact } from '../../../../core/call-fact.ts';
import type { Clock, EventSink, HealthReporter, HistoryRecord, Service } from '../../../../core/ports.ts';
import { Poll } from '../../live/poll.ts';
import { SOURCE_NAME } from '../../options.ts';
import type { CallsAround, Moment } from '../record-source.ts';
import { matchCalls, momentOf } from './matching.ts';
import { type SeenCall, SeenCalls } from './seen-calls.ts';

/** How often, and how hard, the records are asked. */
const LATE_FACT_LIMITS = {
  /** A call is looked for so long after it was over, and then no more: one time each. */
  lookAfterMs: [2000, 15_000, 60_000, 240_000],
  /** Between two questions, each for all calls that are due. */
  everyMs: 5000,
  /** The phone system works on each question; so many times as long as that took, it rests. */
  restShare: 20,
  /** After a question that was not answered, doubling up to the cap. */
  retryMs: 10_000,
  retryCapMs: 300_000,
  /** Of one question; who is left over comes first in the next. */
  callsMax: 50,
};

export type LateFactLimits = typeof LATE_FACT_LIMITS;

interface LateFactParts {
  history: { around(moments: readonly Moment[], signal: AbortSignal): Promise<CallsAround> };
  sink: EventSink;
  clock: Clock;
  health: HealthReporter;
  limits?: Partial<LateFactLimits>;
}

type Fact = Pick<Extract<CallFact, { kind: 'afterwards' }>, 'did' | 'queue' | 'endReason'>;

/** What only the records tell of a call, added when it is over: the number dialled, the queue, how it failed. */
export class LateFacts implements Service {
  readonly #parts: LateFactParts;
  readonly #limits: LateFactLimits;
  readonly #seen: SeenCalls;
  readonly #poll: Poll;
  #failures = 0;

  constructor(parts: LateFactParts) {
    const { clock, health, limits } = parts;
    this.#parts = parts;
    this.#limits = { ...LATE_FACT_LIMITS, ...limits };
    this.#seen = new SeenCalls(clock);
    const { everyMs } = this.#limits;
    this.#poll = new Poll({
      work: signal => this.#look(signal),
      onFault: error => health.incident({ code: 'late_facts', place: 'call records', detail: String(error) }),
      gapMinMs: everyMs,
      firstInMs: everyMs,
      clock,
    });
  }

  start(signal: AbortSignal): void {
    this.#poll.start(signal);
  }

  stop(): Promise<void> {
    return this.#poll.stop();
  }

  /** Called with the entries of each turn, after they were published. */
  note(entries: readonly JournalEntry[]): void {
    this.#seen.note(entries);
  }

  async #look(signal: AbortSignal): Promise<number> {
    const { clock } = this.#parts;
    const { everyMs, restShare, retryMs, retryCapMs } = this.#limits;
    const due = this.#due();
    if (due.length === 0) return everyMs;
    const beganAt = clock.elapsed();
    const restMs = (): number => (clock.elapsed() - beganAt) * restShare;
    try {
      const moments = due.map(({ moment }) => moment);
      this.#take(due, await this.#parts.history.around(moments, signal));
      this.#failures = 0;
      return Math.max(everyMs, restMs());
    } catch (error) {
      // While the history is not there, nothing is counted: the calls wait, but not longer than they would anyway.
      if (!(error instanceof AppError || signal.aborted)) throw error;
      this.#failures += 1;
      return Math.max(restMs(), Math.min(retryCapMs, retryMs * 2 ** Math.min(this.#failures - 1, 10)));
    }
  }

  /** Calls whose next look has come; those that have nothing to gain any more are forgotten. */
  #due(): { seen: SeenCall; moment: Moment }[] {
    const now = this.#parts.clock.elapsed();
    const { lookAfterMs, callsMax } = this.#limits;
    const due: { seen: SeenCall; moment: Moment }[] = [];
    for (const seen of this.#seen.all()) {
      if (seen.overSince === null) continue;
      const overMs = now - seen.overSince;
      const lookAtMs = lookAfterMs[seen.tries];
      const moment = momentOf(seen);
      // One more round, as others may need it to be told apart from.
      if (overMs > 2 * (lookAfterMs.at(-1) ?? 0)) this.#seen.forget(seen.call.id);
      else if (lookAtMs !== undefined && overMs >= lookAtMs && moment && isIncomplete(seen))
        due.push({ seen, moment });
    }
    return due.toSorted((a, b) => a.seen.tries - b.seen.tries).slice(0, callsMax);
  }

  #take(due: readonly { seen: SeenCall }[], around: CallsAround): void {
    const records = matchCalls(this.#seen.all(), around);
    for (const { seen } of due) {
      seen.tries += 1;
      const record = records.get(seen);
      if (!record) continue;
      seen.tries = this.#limits.lookAfterMs.length;
      const fact = factOf(seen, record);
      if (Object.keys(fact).length === 0) continue;
      const { id: callId, sourceCallId } = seen.call;
      const at = this.#parts.clock.now();
      this.#parts.sink.learn({ source: SOURCE_NAME, at, kind: 'afterwards', sourceCallId, callId, ...fact });
    }
  }
}

/** A merged call goes on in another; of a lost one nobody knows when it ended. */
function isIncomplete({ call: { direction, did, queue, endReason } }: SeenCall): boolean {
  if (endReason === 'merged' || endReason === 'lost') return false;
  return endReason === 'missed' || (direction === 'inbound' && (did === null || queue === null));
}

/** Only what was not known before: what we saw ourselves stands. */
function factOf({ call }: SeenCall, { did, queue, answered, endReason }: HistoryRecord): Fact {
  const reason = call.endReason === 'missed' && !answered ? reasonOf(endReason) : null;
  return {
    ...(call.did === null && did !== null && { did }),
    ...(call.queue === null && queue !== null && { queue }),
    ...(reason !== null && { endReason: reason }),
  };
}

/** 3CX: `termination_reason/details`; nobody's phone was at fault unless the details say so. */
function reasonOf(told: string): EndReason | null {
  return END_REASONS[told.split('/').at(-1) ?? ''] ?? null;
}

const END_REASONS: Record<string, EndReason> = {
  busy: 'busy',
  line_busy: 'busy',
  declined: 'declined',
  ...Object.fromEntries(
    [
      'not_found',
      'target_disabled',
      'caller_disabled',
      'license_limit_reached',
      'server_error',
      'forwarding_loop',
      'no_destinations',
      'external_call_disabled',
      'no_route',
      'destination_prohibited',
      'caller_blacklisted',
      'feature_disabled',
      'pin_is_required',
      'invalid_dialcode',
      'invalid_destination',
      'disabled',
      'no_access',
    ].map(word => [word, 'failed' as const]),
  ),
};
