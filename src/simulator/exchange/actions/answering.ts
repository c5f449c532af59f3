import type { Call, Ending, Segment } from '../call.ts';
import type { Switchboard } from '../switchboard.ts';
import type { ActionOf } from './action.ts';
import { leave, ringingSegment, stopPolling } from './routing.ts';

const COMPLETED_ELSEWHERE: Ending = { reason: 'cancelled', details: 'completed_elsewhere' };

export function answer(switchboard: Switchboard, action: ActionOf<'answer'>): boolean {
  const call = switchboard.calls.get(action.call);
  if (!call) return false;
  const segment = ringingSegment(call, action.dn ?? call.head.destination.dn);
  if (!segment) return false;
  if (segment === call.head) stopPolling(switchboard, call, COMPLETED_ELSEWHERE);
  else takeOver(switchboard, call, segment);
  connect(switchboard, call, segment);
  return true;
}

/** One of several answers: the others stop ringing, and the segment of the group, or of the first phone, goes on in the winner's. */
function takeOver(switchboard: Switchboard, call: Call, winner: Segment): void {
  const previous = call.head;
  stopPolling(switchboard, call, COMPLETED_ELSEWHERE, winner);
  switchboard.closeSegment(call, previous, {
    reason: 'continued_in',
    details: winner.method === 'fork' ? 'none' : 'polling',
    continuedIn: winner,
  });
  leave(switchboard, call, previous.destination);
  call.head = winner;
}

export function pickup(switchboard: Switchboard, action: ActionOf<'pickup'>): boolean {
  const call = switchboard.calls.get(action.call);
  const previous = call?.head;
  if (!call || !previous || previous.answeredAt !== null || call.polled.length > 0) return false;
  const next = switchboard.openSegment({
    source: previous.source,
    destination: switchboard.party(action.by),
    method: 'pickup',
    originating: previous,
  });
  switchboard.closeSegment(call, previous, {
    reason: 'redirected',
    details: 'completed_elsewhere',
    by: next.destination,
    continuedIn: next,
  });
  leave(switchboard, call, previous.destination);
  call.head = next;
  switchboard.addLeg(call, { own: next.destination, other: next.source, status: 'Ringing' });
  connect(switchboard, call, next);
  return true;
}

function connect(switchboard: Switchboard, call: Call, segment: Segment): void {
  switchboard.answerSegment(segment);
  switchboard.setStatus(call, 'Talking');
  const { source, destination } = segment;
  const callee = switchboard.legOf(call, destination);
  if (callee) switchboard.changeLeg(callee, { status: 'Connected' });
  const caller = switchboard.legOf(call, source);
  if (caller) switchboard.changeLeg(caller, { status: 'Connected', other: destination });
  // 3CX: an answered leg is reported once more though nothing changed.
  if (callee) switchboard.announce({ kind: 'legChanged', leg: callee, isRepeat: true });
}
