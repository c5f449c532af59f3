import type { Call } from '../../../../../shared/call.ts';
import type { HistoryRecord } from '../../../../core/ports.ts';
import { type CallsAround, MOMENT_REACH_MS, type Moment } from '../record-source.ts';
import { callRecord } from '../records/call-summary.ts';
import type { Leg } from '../records/leg.ts';
import { comparableNumber, isSameComparable } from '../records/phone-number.ts';
import type { SeenCall, SeenLeg } from './seen-calls.ts';

/** By which a call is looked for; null when nothing of it was seen that its records must show as well. */
export function momentOf({ legs, isWitnessed }: SeenCall): Moment | null {
  if (!isWitnessed) return null;
  for (const { dn, beganAt, connectedAt } of legs.values()) {
    const at = beganAt ?? connectedAt;
    if (at !== null) return { dn, at };
  }
  return null;
}

/**
 * The record of each call, where there can be no doubt. 3CX: nothing in the records names the live call, so they are
 * known again by who spoke with whom and when (docs/decisions/0007). A call that two records could belong to gets none,
 * nor does a record that two calls could belong to. `seen` are all calls we know of, also those that need no record.
 */
export function matchCalls(
  seen: readonly SeenCall[],
  { calls, clockAheadMs }: CallsAround,
): Map<SeenCall, HistoryRecord> {
  const known = seen.map(one => ({ one, end: farEndOf(one.call) }));
  const recorded = calls.map(legs => {
    const record = callRecord(legs);
    const end = farEndOf(record);
    const fitting = known
      .filter(candidate => isSameEnd(candidate.end, end) && hasLegs(candidate.one, { legs, clockAheadMs }))
      .map(({ one }) => one);
    const ids = new Set(fitting.map(({ call }) => call.id));
    // Two calls that became one have one record.
    return { record, fitting: fitting.filter(({ call }) => !ids.has(call.mergedInto ?? '')) };
  });
  const found = new Map<SeenCall, HistoryRecord>();
  for (const { record, fitting } of recorded) {
    const [only, ...rivals] = fitting;
    if (!only || rivals.length > 0 || momentOf(only) === null) continue;
    const isOnlyRecord = recorded.filter(other => other.fitting.includes(only)).length === 1;
    // An open end shows that rows are still to come.
    if (isOnlyRecord && record.endedAt !== null) found.set(only, record);
  }
  return found;
}

/** Every leg we saw is in the record. Whose times are not sure, may be anything with the same end. */
function hasLegs(
  seen: SeenCall,
  { legs: rows, clockAheadMs }: { legs: readonly Leg[]; clockAheadMs: number },
): boolean {
  if (!seen.isWitnessed) return true;
  const legs = [...seen.legs.values()];
  return legs.length > 0 && legs.every(leg => rows.some(row => isOf(leg, row, clockAheadMs)));
}

/** The end outside; of a call within the company, who began it. */
interface FarEnd {
  direction: string;
  dn: string;
  number: string;
  comparable: string;
}

function farEndOf({ direction, from, to }: Pick<Call | HistoryRecord, 'direction' | 'from' | 'to'>): FarEnd {
  const { dn, number } = (direction === 'outbound' ? to : from) ?? { dn: '', number: '' };
  return { direction, dn, number, comparable: comparableNumber(number) };
}

function isSameEnd(seen: FarEnd, recorded: FarEnd): boolean {
  if (seen.direction !== recorded.direction || seen.dn !== recorded.dn) return false;
  if (seen.direction === 'internal' || seen.number === recorded.number) return true;
  return isSameComparable(recorded.comparable, seen.comparable);
}

/** Whether the row tells of this leg: the same number, beginning and answer at the same time. */
function isOf({ dn, beganAt, connectedAt }: SeenLeg, row: Leg, clockAheadMs: number): boolean {
  if (row.destination.dn !== dn && row.source.dn !== dn) return false;
  const isAt = (recorded: string | null, seenAt: number): boolean =>
    recorded !== null && Math.abs(Date.parse(recorded) - clockAheadMs - seenAt) <= MOMENT_REACH_MS;
  if (beganAt !== null && !isAt(row.startedAt, beganAt)) return false;
  if (connectedAt === null) return beganAt !== null && (row.answeredAt === null || row.source.dn === dn);
  if (row.answeredAt !== null) return isAt(row.answeredAt, connectedAt);
  // Answered by a machine of the PBX, or for one: the row does not tell when.
  return beganAt !== null || isAt(row.startedAt, connectedAt);
}
