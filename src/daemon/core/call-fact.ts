import type { EndReason, LegState, Party } from '../../shared/call.ts';

/**
 * What a source has learned about a call, in words that fit every source. Facts are stated, never deduced: all
 * deducing is done by the call book, the same way for all.
 */
export type CallFact = { source: string; at: number } & (
  | LegFact
  | { kind: 'legGone'; legId: string; isInferred?: boolean }
  /** All legs there are at this moment: what we have beyond them is gone, what we lack has begun unseen. */
  | { kind: 'allLegs'; legs: Omit<LegFact, 'kind'>[] }
  /** All calls there are at this moment, as the source lists them; it may know calls of which we see no leg. */
  | { kind: 'allCalls'; calls: ListedCall[] }
  /** What is known about a call only later; it may have ended lately. */
  | {
      kind: 'afterwards';
      sourceCallId: string;
      /** Our id, where it is known: the source's own may stand for another call by now. */
      callId?: string;
      did?: string;
      queue?: string;
      endReason?: EndReason;
      facts?: Record<string, string | number | boolean | null>;
    }
  /** The source began anew: its ids may come again for other calls. */
  | { kind: 'restarted' }
);

export interface LegFact {
  kind: 'leg';
  sourceCallId: string;
  legId: string;
  state: LegState;
  own: Party;
  other: Party;
  /** Which end of the call this leg is, where the source tells. */
  role: 'caller' | 'callee';
  did?: string;
  queue?: string;
  isInferred?: boolean;
}

export interface ListedCall {
  sourceCallId: string;
  from: Party;
  to: Party | null;
  /** True once a person or machine has answered, as the source puts it. */
  isEstablished: boolean;
  startedAt: number;
}
