import type { HistoryRecord } from '../../../../core/ports.ts';
import { SOURCE_NAME } from '../../options.ts';

/** One leg as every rung tells it, in the order of the call: one row of cdroutput, or of a report. */
export interface Leg {
  id: string;
  callId: string;
  /** As exact as the source tells; sorts as text. What cursors are made of. */
  startedKey: string;
  startedAt: string;
  /** By a person, or by the far end of an outside line. Queues, menus and rules are answered too, but by the PBX. */
  answeredAt: string | null;
  endedAt: string | null;
  direction: HistoryRecord['direction'];
  source: End;
  destination: End;
  did: string | null;
  /** The queue or ring group it leads to, where the source tells. */
  queue: string | null;
  continuedIn: string | null;
  /** In the PBX's own words. */
  endReason: string;
}

export interface End {
  number: string;
  name: string;
  dn: string;
  isOutside: boolean;
}

export function legRecord(leg: Leg): HistoryRecord {
  return {
    id: leg.id,
    callId: leg.callId,
    source: SOURCE_NAME,
    direction: leg.direction,
    from: partyOf(leg.source),
    to: partyOf(leg.destination),
    did: leg.did,
    queue: leg.queue,
    startedAt: leg.startedAt,
    answeredAt: leg.answeredAt,
    endedAt: leg.endedAt,
    durationSeconds: secondsBetween(leg.startedAt, leg.endedAt),
    talkSeconds: secondsBetween(leg.answeredAt, leg.endedAt),
    answered: leg.answeredAt !== null,
    endReason: leg.endReason,
  };
}

export function partyOf({ number, name, dn }: End): HistoryRecord['from'] {
  return { number, name, dn };
}

/** Zero while either is unknown; a clock that was set back makes nothing negative. */
export function secondsBetween(from: string | null, to: string | null): number {
  return from === null || to === null ? 0 : Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
}
