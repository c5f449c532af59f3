import type { Call, CallChange, CallLeg, CallState, Party } from '../../../shared/call.ts';
import type { LegFact, ListedCall } from '../call-fact.ts';

/** A call as the book keeps it: what clients see, and what deciding the next change needs. */
export interface TrackedCall {
  call: Call;
  legs: TrackedLeg[];
  /** When the last leg went; the call ends a little later unless another leg or the source's list keeps it. */
  emptySince: number | null;
  /** Until then the source's own list of calls keeps this one open, though no leg of it is seen. */
  listedUntil: number;
}

export interface TrackedLeg {
  id: string;
  own: Party;
  other: Party;
  role: 'caller' | 'callee';
  state: CallLeg['state'];
  since: number;
}

/** A list that is older says nothing any more: the source may have stopped listing. */
export const LISTING_HOLDS_MS = 30_000;

/** Those who talk, as opposed to machines of the PBX that only hold a call. */
const PEOPLE = new Set<Party['kind']>(['extension', 'trunk', 'conference', 'unknown', 'routepoint']);

export function newCall(id: string, source: string, sourceCallId: string, at: number): TrackedCall {
  const nobody: Party = { number: '', name: '', dn: '', kind: 'unknown' };
  return {
    legs: [],
    emptySince: null,
    listedUntil: 0,
    call: {
      id,
      source,
      sourceCallId,
      direction: 'unknown',
      state: 'queued',
      from: nobody,
      to: null,
      did: null,
      queue: null,
      legs: [],
      startedAt: iso(at),
      answeredAt: null,
      endedAt: null,
      endReason: null,
      mergedInto: null,
      facts: {},
    },
  };
}

/** From the log alone: whose end each leg was is a guess until the next snapshot states it. */
export function restored(call: Call, at: number): TrackedCall {
  const legs = call.legs.map<TrackedLeg>(leg => ({
    id: leg.id,
    own:
      call.to?.dn === leg.dn
        ? call.to
        : { ...call.from, dn: leg.dn, number: leg.dn, name: '', kind: 'extension' },
    other: call.to?.dn === leg.dn ? call.from : (call.to ?? call.from),
    role: call.to?.dn === leg.dn || call.from.dn !== leg.dn ? 'callee' : 'caller',
    state: leg.state,
    since: Date.parse(leg.since),
  }));
  // Without a leg it waits somewhere: only the source's list can say whether it still does.
  return { call, legs, emptySince: legs.length === 0 ? at : null, listedUntil: at + LISTING_HOLDS_MS };
}

export function withLeg(tracked: TrackedCall, fact: Omit<LegFact, 'kind'>, at: number): TrackedCall {
  const known = tracked.legs.find(leg => leg.id === fact.legId);
  const since = known?.state === fact.state ? known.since : at;
  const leg: TrackedLeg = {
    id: fact.legId,
    own: fact.own,
    other: fact.other,
    role: fact.role,
    state: fact.state,
    since,
  };
  const legs = known ? tracked.legs.map(one => (one === known ? leg : one)) : [...tracked.legs, leg];
  const [from, to] = fact.role === 'caller' ? [fact.own, fact.other] : [fact.other, fact.own];
  const isFirst = tracked.call.direction === 'unknown';
  const call: Call = {
    ...tracked.call,
    from: isFirst || tracked.call.from.number === '' ? from : tracked.call.from,
    to: tracked.call.to ?? to,
    did: fact.did ?? tracked.call.did,
    queue: fact.queue ?? tracked.call.queue,
  };
  return derived({ ...tracked, legs, emptySince: null, call }, at);
}

/** A leg told once more as it is known already. */
export function isHeardBefore({ call, legs }: TrackedCall, fact: Omit<LegFact, 'kind'>): boolean {
  const leg = legs.find(one => one.id === fact.legId);
  return (
    leg !== undefined &&
    leg.state === fact.state &&
    leg.role === fact.role &&
    isEqualParty(leg.own, fact.own) &&
    isEqualParty(leg.other, fact.other) &&
    (fact.did ?? call.did) === call.did &&
    (fact.queue ?? call.queue) === call.queue
  );
}

export function withoutLeg(tracked: TrackedCall, legId: string, at: number): TrackedCall {
  const legs = tracked.legs.filter(leg => leg.id !== legId);
  if (legs.length === tracked.legs.length) return tracked;
  return derived({ ...tracked, legs, emptySince: legs.length === 0 ? at : null }, at);
}

/** The source's own list knows calls that no leg of ours shows: in a queue, a menu, the voicemail. */
export function withListing(tracked: TrackedCall, listed: ListedCall, at: number): TrackedCall {
  const { from, to } = listed;
  const isHeldByMachine = to !== null && !PEOPLE.has(to.kind);
  const call: Call = {
    ...tracked.call,
    from: tracked.call.from.number === '' ? from : tracked.call.from,
    to: tracked.legs.length === 0 || tracked.call.to === null ? to : tracked.call.to,
    queue: to !== null && (to.kind === 'queue' || to.kind === 'group') ? to.dn : tracked.call.queue,
  };
  const emptySince = tracked.legs.length === 0 ? (tracked.emptySince ?? at) : null;
  const next = { ...tracked, call, emptySince, listedUntil: at + LISTING_HOLDS_MS };
  if (tracked.legs.length > 0) return derived(next, at);
  const state: CallState =
    isHeldByMachine || to === null ? 'queued' : listed.isEstablished ? 'connected' : 'ringing';
  const answeredAt = call.answeredAt ?? (state === 'connected' ? iso(at) : null);
  const direction = directionOf(call.from, call.to, call.direction);
  return { ...next, call: { ...call, state, direction, answeredAt } };
}

/** What to call the way from one picture of a call to the next; nothing when clients would see no difference. */
export function changesBetween(before: Call | null, after: Call): CallChange[] {
  if (before !== null && JSON.stringify(before) === JSON.stringify(after)) return [];
  if (after.state === 'ended') return before?.state === 'ended' ? ['call.updated'] : ['call.ended'];
  const changes: CallChange[] = [];
  if (before === null) changes.push('call.started');
  const isMoved = before !== null && before.answeredAt !== null && !isSamePair(before, after);
  if (isMoved) changes.push('call.transferred');
  if (newlyRinging(before, after)) changes.push('call.ringing');
  if (before?.state !== after.state) {
    if (after.state === 'connected')
      changes.push(before?.state === 'held' ? 'call.resumed' : 'call.answered');
    if (after.state === 'held') changes.push('call.held');
  }
  return changes.length > 0 ? changes : ['call.updated'];
}

function isSamePair(before: Call, after: Call): boolean {
  return before.from.dn === after.from.dn && before.to?.dn === after.to?.dn;
}

function newlyRinging(before: Call | null, after: Call): boolean {
  const rang = new Set(before?.legs.filter(leg => leg.state === 'ringing').map(leg => leg.id));
  return after.legs.some(leg => leg.state === 'ringing' && !rang.has(leg.id));
}

/** State, parties and direction follow from the legs. */
function derived(tracked: TrackedCall, at: number): TrackedCall {
  const { legs } = tracked;
  const talking = legs.filter(leg => leg.state === 'connected' && PEOPLE.has(leg.own.kind));
  const isAnswered = talking.some(leg => leg.role === 'callee' || PEOPLE.has(leg.other.kind));
  const state = stateOf(tracked, talking.length > 0 && isAnswered);
  const { from, to } = endsOf(tracked, talking);
  const queue = legs.find(leg => leg.own.kind === 'queue' || leg.own.kind === 'group')?.own.dn;
  const { call } = tracked;
  return {
    ...tracked,
    call: {
      ...call,
      state,
      from,
      to,
      queue: queue ?? call.queue,
      direction: directionOf(from, to, call.direction),
      legs: legs.map(leg => ({ id: leg.id, dn: leg.own.dn, state: leg.state, since: iso(leg.since) })),
      answeredAt: call.answeredAt ?? (state === 'connected' ? iso(at) : null),
    },
  };
}

function stateOf({ legs, call }: TrackedCall, isTalking: boolean): CallState {
  if (legs.length === 0) return call.state;
  if (isTalking) return 'connected';
  if (legs.some(leg => leg.state === 'held')) return 'held';
  if (legs.some(leg => leg.state === 'ringing' || leg.state === 'dialing')) return 'ringing';
  return 'queued';
}

/** Who has the call, else whose phone rings first, else where it was. */
function endsOf({ legs, call }: TrackedCall, talking: TrackedLeg[]): { from: Party; to: Party | null } {
  const callee = talking.find(leg => leg.role === 'callee') ?? legs.find(leg => leg.role === 'callee');
  // We dialled somebody outside and then handed him to a colleague: he stays the one who was called.
  if (call.direction === 'outbound' && callee?.other.kind === 'trunk')
    return { from: callee.own, to: callee.other };
  const caller = legs.find(leg => leg.role === 'caller');
  const isTalkingCallee = callee !== undefined && talking.includes(callee);
  if (caller && !isTalkingCallee) return { from: call.from, to: caller.other };
  return { from: call.from, to: callee?.own ?? call.to };
}

function directionOf(from: Party, to: Party | null, known: Call['direction']): Call['direction'] {
  if (known !== 'unknown') return known;
  if (from.kind === 'trunk') return 'inbound';
  if (to?.kind === 'trunk') return 'outbound';
  return from.number === '' || to === null ? 'unknown' : 'internal';
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

export function takingOver(
  tracked: TrackedCall,
  { from, direction, did, queue, answeredAt }: Call,
): TrackedCall {
  return { ...tracked, call: { ...tracked.call, from, direction, did, queue, answeredAt } };
}

function isEqualParty(a: Party, b: Party): boolean {
  return a.dn === b.dn && a.number === b.number && a.name === b.name && a.kind === b.kind;
}

export function isSameParty(a: Party, b: Party): boolean {
  return a.dn === b.dn && a.number === b.number;
}
