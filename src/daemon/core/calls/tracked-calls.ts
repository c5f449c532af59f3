import type { Call } from '../../../shared/call.ts';
import { endsAt } from './call-end.ts';
import type { TrackedCall } from './call-state.ts';

/** Ended calls that may still get late facts; the oldest is forgotten. */
const ENDED_KEPT = 2000;

/** The open calls by all the names they go by, and the ones that ended lately. */
export class TrackedCalls {
  readonly #calls = new Map<string, TrackedCall>();
  readonly #bySourceId = new Map<string, string>();
  readonly #byLeg = new Map<string, string>();
  readonly #ended = new Map<string, Call>();
  #revision = 0;

  /** Grows with each change of an open call. */
  get revision(): number {
    return this.#revision;
  }

  all(): TrackedCall[] {
    return [...this.#calls.values()];
  }

  of(source: string): TrackedCall[] {
    return this.all().filter(({ call }) => call.source === source);
  }

  byId(id: string): TrackedCall | undefined {
    return this.#calls.get(id);
  }

  bySourceId(source: string, sourceCallId: string): TrackedCall | undefined {
    return this.#calls.get(this.#bySourceId.get(`${source}|${sourceCallId}`) ?? '');
  }

  byLeg(source: string, legId: string): TrackedCall | undefined {
    return this.#calls.get(this.#byLeg.get(`${source}|${legId}`) ?? '');
  }

  /** Those that nothing holds any more. */
  due(now: number): TrackedCall[] {
    return this.all().filter(tracked => (endsAt(tracked) ?? Number.POSITIVE_INFINITY) <= now);
  }

  nextDue(): number | null {
    let next: number | null = null;
    for (const tracked of this.#calls.values()) {
      const due = endsAt(tracked);
      if (due !== null) next = Math.min(next ?? due, due);
    }
    return next;
  }

  postpone(byMs: number): void {
    for (const tracked of this.all()) {
      const emptySince = tracked.emptySince === null ? null : tracked.emptySince + byMs;
      this.keep({ ...tracked, emptySince, listedUntil: tracked.listedUntil + byMs });
    }
  }

  ended(id: string): Call | undefined {
    return this.#ended.get(id);
  }

  /** The one that ended last under that id: a source may use it again. */
  endedBySourceId(source: string, sourceCallId: string): Call | undefined {
    return [...this.#ended.values()].findLast(
      call => call.source === source && call.sourceCallId === sourceCallId,
    );
  }

  keep(tracked: TrackedCall): void {
    const { call } = tracked;
    this.#revision += 1;
    for (const leg of this.#calls.get(call.id)?.legs ?? []) this.#byLeg.delete(`${call.source}|${leg.id}`);
    for (const leg of tracked.legs) this.#byLeg.set(`${call.source}|${leg.id}`, call.id);
    this.#calls.set(call.id, tracked);
    this.#bySourceId.set(`${call.source}|${call.sourceCallId}`, call.id);
  }

  forget({ call, legs }: TrackedCall): void {
    this.#revision += 1;
    for (const leg of legs) this.#byLeg.delete(`${call.source}|${leg.id}`);
    this.#bySourceId.delete(`${call.source}|${call.sourceCallId}`);
    this.#calls.delete(call.id);
  }

  keepEnded(call: Call): void {
    this.#ended.set(call.id, call);
    if (this.#ended.size > ENDED_KEPT) this.#ended.delete(this.#ended.keys().next().value ?? '');
  }
}
