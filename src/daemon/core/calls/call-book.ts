import type { Call, CallChange, EndReason } from '../../../shared/call.ts';
import { unreachable } from '../../../shared/errors.ts';
import type { CallFact, LegFact, ListedCall } from '../call-fact.ts';
import { EMPTY_GRACE_MS, ended, overAt } from './call-end.ts';
import {
  changesBetween,
  isHeardBefore,
  isSameParty,
  newCall,
  restored,
  type TrackedCall,
  takingOver,
  withLeg,
  withListing,
  withoutLeg,
} from './call-state.ts';
import { TrackedCalls } from './tracked-calls.ts';

/** A change to tell: it becomes one `call` entry. */
export interface CallNews {
  change: CallChange;
  call: Call;
  isInferred: boolean;
}

interface BookOptions {
  newId: (source: string, at: number) => string;
}

type Legs = Omit<LegFact, 'kind'>;

/**
 * The open calls, and the only place where facts become changes. It knows no I/O and reads no clock, so the same
 * facts always give the same changes.
 */
export class CallBook {
  readonly #newId: BookOptions['newId'];
  readonly #calls = new TrackedCalls();
  #news: CallNews[] = [];

  constructor({ newId }: BookOptions) {
    this.#newId = newId;
  }

  get revision(): number {
    return this.#calls.revision;
  }

  open(): Call[] {
    return this.#calls.all().map(tracked => tracked.call);
  }

  find(id: string): Call | undefined {
    return this.#calls.byId(id)?.call ?? this.#calls.ended(id);
  }

  /** After a start: the calls that were open when the log ended. Their legs are confirmed or ended by the next snapshot. */
  restore(calls: Call[], at: number): void {
    for (const call of calls) this.#calls.keep(restored(call, at));
  }

  learn(fact: CallFact): CallNews[] {
    this.#news = [];
    this.#apply(fact);
    return this.#news;
  }

  /** Ends the calls whose last leg has been gone for long enough. */
  tick(now: number): CallNews[] {
    this.#news = [];
    for (const tracked of this.#calls.due(now))
      this.#end(tracked, { at: overAt(tracked) ?? now, isInferred: false });
    return this.#news;
  }

  /** When `tick` has something to do next; null when nothing waits. */
  nextTick(): number | null {
    return this.#calls.nextDue();
  }

  /** The wall clock was set: what waits goes on waiting for as long as it would have. */
  clockSet(byMs: number): void {
    this.#calls.postpone(byMs);
  }

  #apply(fact: CallFact): void {
    const { source, at } = fact;
    if (fact.kind === 'leg') this.#leg(source, at, fact);
    else if (fact.kind === 'legGone') this.#legGone(source, at, fact);
    else if (fact.kind === 'allLegs') this.#allLegs(source, at, fact.legs);
    else if (fact.kind === 'allCalls') this.#allCalls(source, at, fact.calls);
    else if (fact.kind === 'restarted') this.#restarted(source, at);
    else if (fact.kind === 'afterwards') this.#afterwards(fact);
    else unreachable(fact);
  }

  #leg(source: string, at: number, fact: Legs): void {
    const isInferred = fact.isInferred ?? false;
    this.#endIfReused(source, at, fact);
    const holder = this.#calls.byLeg(source, fact.legId);
    const known = this.#calls.bySourceId(source, fact.sourceCallId);
    if (known && holder === known && isHeardBefore(known, fact)) return;
    const tracked = known ?? newCall(this.#newId(source, at), source, fact.sourceCallId, at);
    if (holder && holder !== known) this.#moveLeg(holder, tracked, { legId: fact.legId, at, isInferred });
    const absorbed = known && this.#absorbed(known, fact);
    if (absorbed) this.#end(absorbed, { at, isInferred, reason: 'merged', mergedInto: tracked.call.id });
    const base = absorbed ? takingOver(tracked, absorbed.call) : tracked;
    this.#change(known?.call ?? null, withLeg(base, fact, at), isInferred);
  }

  /** A leg that talked and now rings for somebody else is another call: the source restarted and counts anew. */
  #endIfReused(source: string, at: number, fact: Legs): void {
    const known = this.#calls.bySourceId(source, fact.sourceCallId);
    const before = known?.legs.find(leg => leg.id === fact.legId);
    const isReused =
      before?.state === 'connected' && fact.state !== 'connected' && !isSameParty(before.other, fact.other);
    if (known && isReused) this.#end(known, { at, isInferred: true, reason: 'lost' });
  }

  /** An attended transfer in which the first call's id lives on: the leg leaves the consulted call for it. */
  #moveLeg(
    from: TrackedCall,
    to: TrackedCall,
    moved: { legId: string; at: number; isInferred: boolean },
  ): void {
    const left = withoutLeg(from, moved.legId, moved.at);
    if (left.legs.length > 0) {
      this.#change(from.call, left, moved.isInferred);
      return;
    }
    this.#end(from, { ...moved, reason: 'merged', mergedInto: to.call.id });
  }

  /** The other way round: a leg suddenly talks to the outside party of a call that has just lost all its legs. */
  #absorbed(known: TrackedCall, fact: Legs): TrackedCall | undefined {
    const before = known.legs.find(leg => leg.id === fact.legId);
    const isNowOutside = fact.other.kind === 'trunk' && before !== undefined && before.other.kind !== 'trunk';
    if (!isNowOutside) return undefined;
    return this.#calls
      .of(known.call.source)
      .find(
        ({ call, legs }) =>
          call !== known.call &&
          legs.length === 0 &&
          (isSameParty(call.from, fact.other) || (call.to !== null && isSameParty(call.to, fact.other))),
      );
  }

  #legGone(
    source: string,
    at: number,
    { legId, isInferred = false }: { legId: string; isInferred?: boolean },
  ): void {
    const tracked = this.#calls.byLeg(source, legId);
    if (tracked) this.#change(tracked.call, withoutLeg(tracked, legId, at), isInferred);
  }

  #allLegs(source: string, at: number, legs: Legs[]): void {
    for (const leg of legs) {
      const tracked = this.#calls.byLeg(source, leg.legId);
      const known = tracked?.legs.find(one => one.id === leg.legId);
      const isKnown = known?.state === leg.state && tracked?.call.sourceCallId === leg.sourceCallId;
      if (!isKnown || !isSameParty(known.other, leg.other))
        this.#leg(source, at, { ...leg, isInferred: true });
    }
    const there = new Set(legs.map(leg => leg.legId));
    for (const { legs: tracked } of this.#calls.of(source)) {
      for (const { id } of tracked)
        if (!there.has(id)) this.#legGone(source, at, { legId: id, isInferred: true });
    }
  }

  #allCalls(source: string, at: number, listed: ListedCall[]): void {
    const ours = this.#calls.of(source);
    const ids = new Set(listed.map(call => call.sourceCallId));
    // 3CX: that ActiveCalls and call control share their ids is only inferred. Where nothing matches, the list is
    // about other ids and must not double every call.
    const withLegs = ours.filter(({ legs }) => legs.length > 0);
    const isOtherIds =
      withLegs.length > 0 && listed.length > 0 && !withLegs.some(({ call }) => ids.has(call.sourceCallId));
    if (isOtherIds) return;
    for (const call of listed) {
      const known = this.#calls.bySourceId(source, call.sourceCallId);
      const id = known?.call.id ?? this.#newId(source, call.startedAt);
      const tracked = known ?? newCall(id, source, call.sourceCallId, call.startedAt);
      this.#change(known?.call ?? null, withListing(tracked, call, at), false);
    }
    for (const tracked of ours) {
      if (ids.has(tracked.call.sourceCallId) || !this.#calls.byId(tracked.call.id)) continue;
      const isAlone = tracked.legs.length === 0;
      // A call whose legs have just gone may be between two legs; the list was perhaps made in that moment.
      if (isAlone && at - (tracked.emptySince ?? 0) >= EMPTY_GRACE_MS)
        this.#end(tracked, { at: overAt(tracked, at) ?? at, isInferred: false });
      else this.#calls.keep({ ...tracked, listedUntil: 0 });
    }
  }

  #restarted(source: string, at: number): void {
    for (const tracked of this.#calls.of(source))
      this.#end(tracked, { at, isInferred: true, reason: 'lost' });
  }

  #afterwards(fact: Extract<CallFact, { kind: 'afterwards' }>): void {
    const { source, sourceCallId, callId } = fact;
    const before =
      callId === undefined
        ? (this.#calls.bySourceId(source, sourceCallId)?.call ??
          this.#calls.endedBySourceId(source, sourceCallId))
        : this.find(callId);
    if (!before) return;
    const call: Call = {
      ...before,
      did: fact.did ?? before.did,
      queue: fact.queue ?? before.queue,
      endReason: before.endReason === null ? null : (fact.endReason ?? before.endReason),
      facts: { ...before.facts, ...fact.facts },
    };
    const tracked = this.#calls.byId(call.id);
    if (tracked) this.#calls.keep({ ...tracked, call });
    else this.#calls.keepEnded(call);
    for (const change of changesBetween(before, call)) this.#news.push({ change, call, isInferred: false });
  }

  #change(before: Call | null, after: TrackedCall, isInferred: boolean): void {
    this.#calls.keep(after);
    for (const change of changesBetween(before, after.call))
      this.#news.push({ change, call: after.call, isInferred });
  }

  #end(
    tracked: TrackedCall,
    {
      at,
      isInferred,
      reason,
      mergedInto,
    }: { at: number; isInferred: boolean; reason?: EndReason; mergedInto?: string },
  ): void {
    const over = ended(tracked, at, reason);
    const call = mergedInto === undefined ? over.call : { ...over.call, mergedInto };
    this.#calls.forget(tracked);
    this.#calls.keepEnded(call);
    this.#news.push({ change: 'call.ended', call, isInferred });
  }
}
