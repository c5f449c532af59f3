import type { Call, Ending, Segment } from '../call.ts';
import type { Party } from '../party.ts';
import type { Switchboard } from '../switchboard.ts';
import type { ActionOf } from './action.ts';
import { leave, ring, stopPolling } from './routing.ts';

const COMPLETED_ELSEWHERE: Ending = { reason: 'cancelled', details: 'completed_elsewhere' };

export function transfer(switchboard: Switchboard, action: ActionOf<'transfer'>): boolean {
  const call = switchboard.calls.get(action.call);
  const ends = call && endsOf(call.head, action.by);
  if (!call || !ends || call.head.answeredAt === null || action.to === action.by) return false;
  const previous = call.head;
  stopPolling(switchboard, call, COMPLETED_ELSEWHERE);
  const next = switchboard.openSegment({
    source: ends.other,
    destination: switchboard.party(action.to),
    method: 'transfer',
    originating: previous,
    sourceWasConnected: true,
  });
  switchboard.closeSegment(call, previous, { reason: 'continued_in', by: ends.own, continuedIn: next });
  call.head = next;
  call.caller = ends.other;
  switchboard.setStatus(call, 'Transferring');
  leave(switchboard, call, ends.own);
  ring(switchboard, call, next, ends.own);
  return true;
}

/**
 * Two calls of one extension become one. The consulted call's rows keep their own call_history_id and share the
 * main_call_history_id; the new segment joins two parties who are both connected already.
 */
export function join(switchboard: Switchboard, action: ActionOf<'join'>): boolean {
  const original = switchboard.calls.get(action.call);
  const consult = switchboard.calls.get(action.with);
  const first = original && endsOf(original.head, action.by);
  const second = consult && endsOf(consult.head, action.by);
  if (!original || !consult || original === consult || !first || !second) return false;
  if (original.head.answeredAt === null || consult.head.answeredAt === null) return false;

  stopPolling(switchboard, original, COMPLETED_ELSEWHERE);
  stopPolling(switchboard, consult, COMPLETED_ELSEWHERE);
  consult.mainHistoryId = original.mainHistoryId;
  const joined = switchboard.openSegment({
    source: first.other,
    destination: second.other,
    method: 'join',
    originating: original.head,
    base: consult.head,
    sourceWasConnected: true,
    destinationWasConnected: true,
  });
  switchboard.answerSegment(joined);
  switchboard.closeSegment(original, original.head, {
    reason: 'continued_in',
    by: first.own,
    continuedIn: joined,
  });
  switchboard.closeSegment(consult, consult.head, {
    reason: 'continued_in',
    details: 'joined',
    by: second.own,
    continuedIn: joined,
  });
  leave(switchboard, original, first.own);
  leave(switchboard, consult, second.own);
  mergeLegs(switchboard, { original, consult, joined, survivor: action.survivor ?? 'original' });
  return true;
}

interface Merger {
  original: Call;
  consult: Call;
  joined: Segment;
  survivor: 'original' | 'consult';
}

/** Which call id lives on after a join is not documented, so both can be played. */
function mergeLegs(switchboard: Switchboard, { original, consult, joined, survivor }: Merger): void {
  const [kept, gone] = survivor === 'original' ? [original, consult] : [consult, original];
  const moving = survivor === 'original' ? joined.destination : joined.source;
  const staying = survivor === 'original' ? joined.source : joined.destination;
  const stayingLeg = switchboard.legOf(kept, staying);
  if (stayingLeg) switchboard.changeLeg(stayingLeg, { other: moving });
  const movingLeg = switchboard.legOf(gone, moving);
  if (movingLeg) switchboard.moveLeg(movingLeg, gone, kept, staying);

  kept.head = joined;
  kept.caller = joined.source;
  kept.historyId = original.historyId;
  kept.mainHistoryId = original.mainHistoryId;
  switchboard.setStatus(kept, 'Talking');
  switchboard.endCall(gone);
  if (survivor === 'consult') {
    // The story goes on naming the call by its first name.
    switchboard.rename(kept, original.key);
  }
}

function endsOf(segment: Segment, dn: string): { own: Party; other: Party } | undefined {
  const { source, destination } = segment;
  if (destination.dn === dn) return { own: destination, other: source };
  if (source.dn === dn) return { own: source, other: destination };
  return undefined;
}
