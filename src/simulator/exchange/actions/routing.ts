import type { Call, Ending, LegStatus, Segment } from '../call.ts';
import type { CreationMethod, ForwardReason } from '../call-record.ts';
import type { Party } from '../party.ts';
import type { Switchboard } from '../switchboard.ts';
import type { ActionOf } from './action.ts';

export function route(switchboard: Switchboard, action: ActionOf<'route'>): boolean {
  const call = switchboard.calls.get(action.call);
  if (!call) return false;
  const previous = call.head;
  const { ending, method, forwardReason } = handover(previous, action.because);
  stopPolling(switchboard, call, { reason: 'cancelled', details: 'timeout' });
  const next = switchboard.openSegment({
    source: previous.source,
    destination: switchboard.party(action.to),
    method,
    forwardReason,
    originating: previous,
  });
  switchboard.closeSegment(call, previous, { ...ending, continuedIn: next });
  call.head = next;
  leave(switchboard, call, previous.destination);
  switchboard.setStatus(call, 'Routing');
  ring(switchboard, call, next);
  return true;
}

/** How the last place is left and how the next one is reached, as the records tell it. */
function handover(
  previous: Segment,
  because: 'forward_all' | 'user_requested' | undefined,
): { ending: Ending; method: CreationMethod; forwardReason: ForwardReason } {
  if (previous.destination.kind === 'router') {
    return { ending: { reason: 'redirected', details: 'by_did' }, method: 'divert', forwardReason: 'by_did' };
  }
  if (previous.answeredAt !== null) {
    return { ending: { reason: 'continued_in' }, method: 'transfer', forwardReason: 'none' };
  }
  const refusal = because ?? previous.refusal ?? 'no_answer';
  const forwardReason = refusal === 'declined' ? 'busy' : refusal;
  if (refusal === 'user_requested') {
    return {
      ending: { reason: 'redirected', details: 'deflected' },
      method: 'divert',
      forwardReason: refusal,
    };
  }
  return { ending: { reason: 'redirected', details: refusal }, method: 'divert', forwardReason };
}

export function poll(switchboard: Switchboard, action: ActionOf<'poll'>): boolean {
  const call = switchboard.calls.get(action.call);
  const group = call?.head.destination;
  if (!call || (group?.kind !== 'queue' && group?.kind !== 'ringGroup')) return false;
  for (const dn of action.dns) {
    const segment = switchboard.openSegment({
      source: call.head.source,
      destination: switchboard.party(dn),
      method: 'route_to',
      forwardReason: 'polling',
      originating: call.head,
    });
    call.polled.push(segment);
    const { source, destination } = segment;
    switchboard.addLeg(call, { own: destination, other: source, status: 'Ringing', onBehalfOf: group });
  }
  return true;
}

export function fork(switchboard: Switchboard, action: ActionOf<'fork'>): boolean {
  const call = switchboard.calls.get(action.call);
  if (!call) return false;
  const segment = switchboard.openSegment({
    source: call.head.source,
    destination: switchboard.party(action.to),
    method: 'fork',
    forwardReason: 'user_requested',
    originating: call.head,
  });
  call.polled.push(segment);
  const { source, destination } = segment;
  switchboard.addLeg(call, { own: destination, other: source, status: ringingStatus(destination) });
  return true;
}

export function giveUp(switchboard: Switchboard, action: ActionOf<'giveUp'>): boolean {
  const call = switchboard.calls.get(action.call);
  const segment = call && ringingSegment(call, action.dn);
  if (!call || !segment) return false;
  segment.refusal = action.because;
  leave(switchboard, call, segment.destination);
  if (segment === call.head) return true;
  call.polled = call.polled.filter(polled => polled !== segment);
  switchboard.closeSegment(call, segment, { reason: 'rejected', details: action.because });
  return true;
}

/** The segment that rings at a number and is not answered yet. */
export function ringingSegment(call: Call, dn: string): Segment | undefined {
  return [...call.polled, call.head].find(
    segment => segment.destination.dn === dn && segment.answeredAt === null && segment.refusal === null,
  );
}

/** People ring until they answer; machines of the PBX answer at once. */
export function ring(switchboard: Switchboard, call: Call, segment: Segment, referredBy?: Party): void {
  const { source, destination } = segment;
  const isAnswered = answersItself(destination);
  if (isAnswered) switchboard.answerSegment(segment);
  const status = isAnswered ? 'Connected' : ringingStatus(destination);
  switchboard.addLeg(call, { own: destination, other: source, status, referredBy: referredBy ?? null });
}

export function answersItself({ kind }: Party): boolean {
  return kind === 'queue' || kind === 'ivr' || kind === 'script' || kind === 'voicemail';
}

function ringingStatus(party: Party): LegStatus {
  return party.kind === 'trunk' ? 'Dialing' : 'Ringing';
}

export function leave(switchboard: Switchboard, call: Call, party: Party): void {
  const leg = switchboard.legOf(call, party);
  if (leg) switchboard.removeLeg(call, leg);
}

export function stopPolling(switchboard: Switchboard, call: Call, ending: Ending, except?: Segment): void {
  for (const segment of call.polled) {
    if (segment === except) continue;
    switchboard.closeSegment(call, segment, ending);
    leave(switchboard, call, segment.destination);
  }
  call.polled = [];
}
