import type { Leg } from './call.ts';
import type { CallRecord } from './call-record.ts';

/** What the world outside the exchange may see happen. */
export type Occurrence =
  | { kind: 'legChanged'; leg: Leg; isRepeat: boolean }
  | { kind: 'legGone'; leg: Leg }
  | { kind: 'digitsPressed'; leg: Leg; digits: string }
  | { kind: 'recordClosed'; record: CallRecord; callId: number }
  | { kind: 'restarted' };

export type Listener = (occurrence: Occurrence) => void;
