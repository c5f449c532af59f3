import type { EndReason } from '../../../shared/call.ts';
import { LISTING_HOLDS_MS, type TrackedCall } from './call-state.ts';

/** Queue waves and transfers leave a call without legs for a moment; only after this long it is over. */
export const EMPTY_GRACE_MS = 2000;

/** When a call ends that nothing new is told of; null while a leg is there. */
export function endsAt({ emptySince, listedUntil }: TrackedCall): number | null {
  return emptySince === null ? null : Math.max(emptySince + EMPTY_GRACE_MS, listedUntil);
}

/** When it was over: with its last leg, unless the list showed it for longer, as in the voicemail. */
export function overAt({ emptySince, listedUntil }: TrackedCall, missedInListAt?: number): number | null {
  const lastListedAt = listedUntil - LISTING_HOLDS_MS;
  if (emptySince === null || lastListedAt <= emptySince + EMPTY_GRACE_MS) return emptySince;
  return missedInListAt ?? lastListedAt;
}

export function ended(tracked: TrackedCall, at: number, reason?: EndReason): TrackedCall {
  const { call } = tracked;
  const endReason = reason ?? (call.answeredAt === null ? 'missed' : 'hangup');
  return {
    ...tracked,
    legs: [],
    call: { ...call, state: 'ended', legs: [], endedAt: new Date(at).toISOString(), endReason },
  };
}
