import type { HistoryRecord } from '../../../../core/ports.ts';
import { SOURCE_NAME } from '../../options.ts';
import { type Leg, legRecord, partyOf, secondsBetween } from './leg.ts';

const DIRECTIONS = ['inbound', 'outbound', 'internal'] as const;

/** One call out of all its legs, in the order they began. Rules: reference 3CX section 6.3. */
export function callRecord(legs: readonly Leg[]): HistoryRecord {
  const [first] = legs;
  if (!first) throw new Error('A call has at least one leg');
  const path = mainPath(legs);
  const last = path.at(-1) ?? first;
  const direction = directionOf(legs);
  const answered = legs.filter(leg => leg.answeredAt !== null);
  const talked = path.filter(leg => leg.answeredAt !== null);
  const answeredAt = earliest(answered.map(leg => leg.answeredAt));
  const lastEnd = latest(legs.map(leg => leg.endedAt));
  const endedAt = isOpen(legs, last) ? null : lastEnd;
  const queue = path.findLast(leg => leg.queue !== null) ?? legs.findLast(leg => leg.queue !== null);
  return {
    id: first.callId,
    callId: first.callId,
    source: SOURCE_NAME,
    direction,
    from: partyOf(first.source),
    to: partyOf(answererOf({ direction, path, answered }) ?? last.destination),
    did: legs.find(leg => leg.did !== null)?.did ?? null,
    queue: queue?.queue ?? null,
    startedAt: first.startedAt,
    answeredAt,
    endedAt,
    durationSeconds: secondsBetween(first.startedAt, lastEnd),
    talkSeconds: talkSecondsOf(talked.length > 0 ? talked : answered),
    answered: answeredAt !== null,
    endReason: last.endReason,
  };
}

export function callWithLegs(legs: readonly Leg[]): HistoryRecord {
  return { ...callRecord(legs), legs: legs.map(legRecord) };
}

/** Of the first leg; of several that began at once, the one that looks most from outside. SQL filters the same way. */
export function directionOf(legs: readonly Leg[]): HistoryRecord['direction'] {
  const began = legs.filter(leg => leg.startedKey === legs[0]?.startedKey);
  return DIRECTIONS.find(direction => began.some(leg => leg.direction === direction)) ?? 'unknown';
}

interface Answering {
  direction: HistoryRecord['direction'];
  path: readonly Leg[];
  answered: readonly Leg[];
}

/**
 * Who had the call last. Of an outbound call that is the far end, even when a colleague took over the near one. Where
 * the path leads past rows that are missing, whoever of all legs answered last.
 */
function answererOf({ direction, path, answered }: Answering): Leg['destination'] | undefined {
  const onPath = path.filter(leg => leg.answeredAt !== null);
  const candidates = onPath.length > 0 ? onPath : answered;
  const outside = direction === 'outbound' ? candidates.filter(leg => leg.destination.isOutside) : [];
  return (outside.length > 0 ? outside : candidates).at(-1)?.destination;
}

/** 3CX: a row lands when its leg ends, so one that goes on in a row not there goes on still, or a restart lost its end. */
function isOpen(legs: readonly Leg[], last: Leg): boolean {
  return (
    legs.some(leg => leg.endedAt === null) ||
    (last.continuedIn !== null && !legs.some(leg => leg.id === last.continuedIn))
  );
}

/** From the first leg along `continuedIn`; sources that do not tell it show all that was no vain ring instead. */
function mainPath(legs: readonly Leg[]): Leg[] {
  if (legs.every(leg => leg.continuedIn === null)) return legs.length > 1 ? vainRingsGone(legs) : [...legs];
  const byId = new Map(legs.map(leg => [leg.id, leg]));
  const path: Leg[] = [];
  for (let leg = legs[0]; leg; leg = byId.get(leg.continuedIn ?? '')) {
    path.push(leg);
    // Rows that lead in a circle are a fault of the source, not a call without end.
    byId.delete(leg.id);
  }
  return path;
}

function vainRingsGone(legs: readonly Leg[]): Leg[] {
  const answered = legs.filter(leg => leg.answeredAt !== null);
  return answered.length > 0 ? answered : legs.slice(-1);
}

function talkSecondsOf(legs: readonly Leg[]): number {
  const sum = legs.reduce((total, leg) => total + secondsBetween(leg.answeredAt, leg.endedAt), 0);
  // Sums of milliseconds as fractions carry dust.
  return Math.round(sum * 1000) / 1000;
}

function earliest(times: readonly (string | null)[]): string | null {
  return times.filter(time => time !== null).toSorted()[0] ?? null;
}

function latest(times: readonly (string | null)[]): string | null {
  return (
    times
      .filter(time => time !== null)
      .toSorted()
      .at(-1) ?? null
  );
}
