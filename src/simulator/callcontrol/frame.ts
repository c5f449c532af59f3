import type { Participant } from './participant.ts';

/** 3CX: what an event is, by number. `promptFinished` and `dtmf` come at the client's own route point only. */
export const EVENT_TYPE = { upsert: 0, remove: 1, dtmf: 2, promptFinished: 3, response: 4 } as const;

/** The largest that a break may order. */
export const FRAME_BYTES_MAX = 64 * 1_048_576;

/** The envelope of everything that the call control socket sends. */
export interface Frame {
  sequence: number;
  event: {
    event_type: number;
    entity: string;
    attached_data: Participant | { dtmf_input: string } | SocketResponse | null;
  };
}

export interface SocketResponse {
  RequestID: unknown;
  Path: unknown;
  StatusCode: number;
  Response: unknown;
}

export function participantEntity(dn: string, id: number): string {
  return `/callcontrol/${dn}/participants/${id}`;
}
