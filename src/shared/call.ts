/**
 * A call in our words, the same for every source. docs/decisions/0005-call-model.md says how each source's words map
 * onto it. Clients get it whole, inside every `call` entry and from `/relay/active-calls`.
 */
export interface Call {
  /** Ours, never used twice. A source's own ids come back after its restart; this one does not. */
  id: string;
  source: string;
  sourceCallId: string;
  direction: Direction;
  state: CallState;
  from: Party;
  /** Whom the call is at or rings at now; null while it is only being routed. */
  to: Party | null;
  /** The company's number that was dialled, where the source tells. */
  did: string | null;
  /** The queue or group the call went through last. */
  queue: string | null;
  legs: CallLeg[];
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  endReason: EndReason | null;
  /** The call this one went on in, when two became one. */
  mergedInto: string | null;
  /** What became known besides, often minutes after the end: recordings, dispositions, costs. */
  facts: Record<string, string | number | boolean | null>;
}

export type Direction = 'inbound' | 'outbound' | 'internal' | 'unknown';

/** `queued`: held by a queue, menu or other machine, no person has it yet. */
export type CallState = 'queued' | 'ringing' | 'connected' | 'held' | 'parked' | 'ended';

export type EndReason =
  | 'hangup'
  | 'missed'
  | 'busy'
  | 'declined'
  | 'failed'
  | 'merged'
  /** The source lost it: it restarted, or the call was gone when we could look again. */
  | 'lost';

export interface Party {
  number: string;
  name: string;
  dn: string;
  kind: PartyKind;
}

export type PartyKind =
  | 'extension'
  | 'trunk'
  | 'queue'
  | 'group'
  | 'menu'
  | 'voicemail'
  | 'routepoint'
  | 'parking'
  | 'conference'
  | 'unknown';

export interface CallLeg {
  id: string;
  dn: string;
  state: LegState;
  since: string;
}

export type LegState = 'dialing' | 'ringing' | 'connected' | 'held';

/** What a `call` entry says has happened. */
export type CallChange =
  | 'call.started'
  | 'call.ringing'
  | 'call.answered'
  | 'call.held'
  | 'call.resumed'
  | 'call.transferred'
  | 'call.updated'
  | 'call.ended';
