import { type Call, type Ending, type Leg, type LegStatus, recordOf, type Segment } from './call.ts';
import type { CreationMethod, ForwardReason } from './call-record.ts';
import { type Directory, type Dn, isTrunk } from './directory.ts';
import { Identifiers } from './identifiers.ts';
import type { Listener, Occurrence } from './occurrence.ts';
import { outsideParty, type Party, partyOf } from './party.ts';

interface NewSegment {
  source: Party;
  destination: Party;
  method: CreationMethod;
  forwardReason?: ForwardReason;
  originating?: Segment | null;
  base?: Segment | null;
  sourceWasConnected?: boolean;
  destinationWasConnected?: boolean;
}

interface NewLeg {
  own: Party;
  other: Party;
  status: LegStatus;
  onBehalfOf?: Party | null;
  referredBy?: Party | null;
}

/**
 * The calls of the moment and the few moves that every telephone action is made of: segments open, are
 * answered and close into records; legs appear, change and go. Nothing here knows why.
 */
export class Switchboard {
  readonly directory: Directory;
  readonly calls = new Map<string, Call>();
  readonly #now: () => number;
  readonly #ids = new Identifiers();
  readonly #listeners = new Set<Listener>();
  readonly #legs = new Map<number, { call: Call; leg: Leg }>();

  constructor(directory: Directory, now: () => number) {
    this.directory = directory;
    this.#now = now;
  }

  onOccurrence(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(occurrence: Occurrence): void {
    for (const listener of this.#listeners) listener(occurrence);
  }

  /** Who answers at a number: somebody of the directory, else the trunk that leads outside. */
  dnFor(number: string): Dn {
    const dn = this.directory.find(number) ?? this.directory.trunks[0];
    if (!dn) throw new Error('The directory has no trunk, so nobody outside can be reached');
    return dn;
  }

  party(number: string): Party {
    const dn = this.dnFor(number);
    const participantId = this.newParticipantId();
    return isTrunk(dn) ? outsideParty({ participantId, trunk: dn, number }) : partyOf(dn, participantId);
  }

  newParticipantId(): string {
    return this.#ids.nextRecordId(this.#now());
  }

  openCall(key: string, segment: NewSegment): Call {
    const historyId = this.#ids.nextRecordId(this.#now());
    const call: Call = {
      id: this.#ids.nextCallId(),
      key,
      historyId,
      mainHistoryId: historyId,
      caller: segment.source,
      head: this.openSegment(segment),
      polled: [],
      legs: [],
      lastLegId: 0,
      status: 'Routing',
      establishedAt: null,
      changedAt: this.#now(),
    };
    this.calls.set(key, call);
    return call;
  }

  openSegment(segment: NewSegment): Segment {
    return {
      id: this.#ids.nextRecordId(this.#now()),
      forwardReason: 'none',
      originating: null,
      base: null,
      sourceWasConnected: false,
      destinationWasConnected: false,
      ...segment,
      startedAt: this.#now(),
      answeredAt: null,
      refusal: null,
    };
  }

  answerSegment(segment: Segment): void {
    segment.answeredAt ??= this.#now();
  }

  closeSegment(call: Call, segment: Segment, ending: Ending): void {
    const record = recordOf(call, segment, this.#now(), ending);
    this.announce({ kind: 'recordClosed', record, callId: call.id });
  }

  setStatus(call: Call, status: Call['status']): void {
    call.status = status;
    call.changedAt = this.#now();
    if (status === 'Talking') call.establishedAt ??= this.#now();
  }

  addLeg(call: Call, { own, other, status, onBehalfOf = null, referredBy = null }: NewLeg): Leg {
    call.lastLegId += 1;
    const leg: Leg = {
      id: this.#ids.nextParticipantId(),
      legId: call.lastLegId,
      callId: call.id,
      status,
      own,
      other,
      originatedBy: call.caller.isIncoming && own.kind !== 'trunk' ? 'ROUTER' : '',
      onBehalfOf,
      referredBy,
      attachedData: {},
    };
    call.legs.push(leg);
    this.#legs.set(leg.id, { call, leg });
    this.announce({ kind: 'legChanged', leg, isRepeat: false });
    return leg;
  }

  changeLeg(leg: Leg, changes: Partial<Pick<Leg, 'status' | 'other' | 'callId' | 'legId'>>): void {
    Object.assign(leg, changes);
    this.announce({ kind: 'legChanged', leg, isRepeat: false });
  }

  removeLeg(call: Call, leg: Leg): void {
    call.legs = call.legs.filter(other => other !== leg);
    this.#legs.delete(leg.id);
    this.announce({ kind: 'legGone', leg });
  }

  legOf(call: Call, party: Party): Leg | undefined {
    return call.legs.find(leg => leg.own === party);
  }

  findLeg(dn: string, id: number): { call: Call; leg: Leg } | undefined {
    const found = this.#legs.get(id);
    return found?.leg.own.dn === dn ? found : undefined;
  }

  legsOfDn(dn: string): Leg[] {
    return [...this.#legs.values()].map(({ leg }) => leg).filter(leg => leg.own.dn === dn);
  }

  /** The leg goes on in another call: an attended transfer joins two. */
  moveLeg(leg: Leg, from: Call, to: Call, other: Party): void {
    from.legs = from.legs.filter(candidate => candidate !== leg);
    to.legs.push(leg);
    this.#legs.set(leg.id, { call: to, leg });
    to.lastLegId += 1;
    this.changeLeg(leg, { other, callId: to.id, legId: to.lastLegId });
  }

  rename(call: Call, key: string): void {
    this.calls.delete(call.key);
    call.key = key;
    this.calls.set(key, call);
  }

  /** All legs go and the call is forgotten; its records have been closed before. */
  endCall(call: Call): void {
    for (const leg of call.legs) this.removeLeg(call, leg);
    this.calls.delete(call.key);
  }

  /** The service starts anew: nobody is told that the legs are gone, and numbers begin at 1 again. */
  restart(): void {
    this.calls.clear();
    this.#legs.clear();
    this.#ids.reset();
    this.announce({ kind: 'restarted' });
  }
}
