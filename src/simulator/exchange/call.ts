import type {
  CallRecord,
  CreationMethod,
  ForwardReason,
  TerminationDetails,
  TerminationReason,
} from './call-record.ts';
import type { Party } from './party.ts';

/** What the PBX keeps of one stretch of a call until it ends and becomes a CallRecord. */
export interface Segment {
  id: string;
  source: Party;
  destination: Party;
  method: CreationMethod;
  forwardReason: ForwardReason;
  originating: Segment | null;
  base: Segment | null;
  sourceWasConnected: boolean;
  destinationWasConnected: boolean;
  startedAt: number;
  answeredAt: number | null;
  /** Why nobody answered here; decides where the call is sent next and how the record ends. */
  refusal: 'no_answer' | 'busy' | 'declined' | 'not_registered' | null;
}

export type LegStatus = 'Dialing' | 'Ringing' | 'Connected';

/** One participant as call control shows it: one DN's end of a call, and whom it sees at the other end. */
export interface Leg {
  id: number;
  legId: number;
  callId: number;
  status: LegStatus;
  own: Party;
  other: Party;
  /** The DN that brought the call here, where the PBX tells. */
  originatedBy: 'ROUTER' | '';
  onBehalfOf: Party | null;
  referredBy: Party | null;
  attachedData: Record<string, string>;
}

export interface Call {
  id: number;
  /** How stories name it. */
  key: string;
  historyId: string;
  mainHistoryId: string;
  caller: Party;
  /** The segment on the main path; polled members are in `polled` until one of them answers. */
  head: Segment;
  polled: Segment[];
  legs: Leg[];
  lastLegId: number;
  status: 'Routing' | 'Dialing' | 'Talking' | 'Transferring';
  establishedAt: number | null;
  changedAt: number;
}

export interface Ending {
  reason: TerminationReason;
  details?: TerminationDetails;
  by?: Party | null;
  continuedIn?: Segment | null;
}

export function recordOf(call: Call, segment: Segment, endedAt: number, ending: Ending): CallRecord {
  const { source, destination } = segment;
  return {
    cdr_id: segment.id,
    call_history_id: call.historyId,
    main_call_history_id: call.mainHistoryId,
    source_participant_id: source.participantId,
    destination_participant_id: destination.participantId,
    source_entity_type: source.entityType,
    destination_entity_type: destination.entityType,
    source_dn_number: source.dn,
    destination_dn_number: destination.dn,
    source_dn_type: source.dnType,
    destination_dn_type: destination.dnType,
    source_dn_name: source.dnName,
    destination_dn_name: destination.dnName,
    source_participant_name: source.name,
    destination_participant_name: destination.name,
    source_participant_phone_number: source.phoneNumber,
    destination_participant_phone_number: destination.phoneNumber,
    source_participant_trunk_did: source.did,
    destination_participant_trunk_did: destination.did,
    source_participant_is_incoming: source.isIncoming,
    destination_participant_is_incoming: destination.isIncoming,
    source_participant_is_already_connected: segment.sourceWasConnected,
    destination_participant_is_already_connected: segment.destinationWasConnected,
    source_participant_group_name: source.department,
    destination_participant_group_name: destination.department,
    source_participant_billing_suffix: '',
    destination_participant_billing_suffix: '',
    base_cdr_id: segment.base?.id ?? null,
    originating_cdr_id: segment.originating?.id ?? null,
    continued_in_cdr_id: ending.continuedIn?.id ?? null,
    creation_method: segment.method,
    creation_forward_reason: segment.forwardReason,
    termination_reason: ending.reason,
    termination_reason_details: ending.details ?? 'none',
    terminated_by_participant_id: ending.by?.participantId ?? null,
    cdr_started_at: new Date(segment.startedAt),
    cdr_answered_at: segment.answeredAt === null ? null : new Date(segment.answeredAt),
    cdr_ended_at: new Date(endedAt),
    source_presentation: source.phoneNumber === '' ? source.name : source.phoneNumber,
    processed: true,
    migrated: false,
    offload_id: null,
  };
}
