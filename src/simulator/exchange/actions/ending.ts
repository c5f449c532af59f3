import type { Call, Ending } from '../call.ts';
import type { Switchboard } from '../switchboard.ts';
import type { ActionOf } from './action.ts';
import { stopPolling } from './routing.ts';

export function hangUp(switchboard: Switchboard, action: ActionOf<'hangUp'>): boolean {
  const call = switchboard.calls.get(action.call);
  if (!call) return false;
  const { source, destination } = call.head;
  const isCallee = action.by === 'callee' || action.by === destination.dn;
  if (action.by !== 'caller' && !isCallee && action.by !== source.dn) return false;
  const by = isCallee ? destination : source;
  close(switchboard, call, {
    reason: isCallee ? 'dst_participant_terminated' : 'src_participant_terminated',
    details: call.head.answeredAt === null ? 'terminated_by_originator' : 'none',
    by,
  });
  return true;
}

function close(switchboard: Switchboard, call: Call, ending: Ending): void {
  stopPolling(switchboard, call, { reason: 'cancelled', details: 'terminated_by_originator' });
  const { refusal } = call.head;
  const headEnding: Ending = refusal === null ? ending : { reason: 'rejected', details: refusal };
  switchboard.closeSegment(call, call.head, headEnding);
  switchboard.endCall(call);
}

/** Digits reach the machine that the caller talks to. */
export function press(switchboard: Switchboard, action: ActionOf<'press'>): boolean {
  const call = switchboard.calls.get(action.call);
  const leg = call && switchboard.legOf(call, call.head.destination);
  if (!leg) return false;
  switchboard.announce({ kind: 'digitsPressed', leg, digits: action.digits });
  return true;
}

export function repeat(switchboard: Switchboard, action: ActionOf<'repeat'>): boolean {
  const leg = switchboard.calls.get(action.call)?.legs.find(candidate => candidate.own.dn === action.dn);
  if (!leg) return false;
  switchboard.announce({ kind: 'legChanged', leg, isRepeat: true });
  return true;
}

export function restart(switchboard: Switchboard, { graceful = true }: ActionOf<'restart'>): boolean {
  if (graceful) {
    for (const call of switchboard.calls.values()) {
      stopPolling(switchboard, call, { reason: 'cancelled', details: 'server_error' });
      switchboard.closeSegment(call, call.head, {
        reason: 'dst_participant_terminated',
        details: 'server_error',
      });
    }
  }
  switchboard.restart();
  return true;
}
