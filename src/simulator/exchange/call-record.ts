/** One row of `cdroutput`: one segment of a call, in the PBX's own column names and words. */
export interface CallRecord {
  cdr_id: string;
  call_history_id: string;
  main_call_history_id: string;
  source_participant_id: string;
  destination_participant_id: string;
  source_entity_type: EntityType;
  destination_entity_type: EntityType;
  source_dn_number: string;
  destination_dn_number: string;
  source_dn_type: string;
  destination_dn_type: string;
  source_dn_name: string;
  destination_dn_name: string;
  source_participant_name: string;
  destination_participant_name: string;
  source_participant_phone_number: string;
  destination_participant_phone_number: string;
  source_participant_trunk_did: string;
  destination_participant_trunk_did: string;
  source_participant_is_incoming: boolean;
  destination_participant_is_incoming: boolean;
  source_participant_is_already_connected: boolean;
  destination_participant_is_already_connected: boolean;
  source_participant_group_name: string;
  destination_participant_group_name: string;
  source_participant_billing_suffix: string;
  destination_participant_billing_suffix: string;
  base_cdr_id: string | null;
  originating_cdr_id: string | null;
  continued_in_cdr_id: string | null;
  creation_method: CreationMethod;
  creation_forward_reason: ForwardReason;
  termination_reason: TerminationReason;
  termination_reason_details: TerminationDetails;
  terminated_by_participant_id: string | null;
  cdr_started_at: Date;
  cdr_answered_at: Date | null;
  cdr_ended_at: Date;
  source_presentation: string;
  processed: boolean;
  migrated: boolean;
  offload_id: string | null;
}

export type EntityType =
  | 'extension'
  | 'external_line'
  | 'inbound_routing'
  | 'outbound_rule'
  | 'queue'
  | 'ring_group_ring_all'
  | 'ivr'
  | 'script'
  | 'voicemail'
  | 'service_call';

export type CreationMethod =
  | 'call_init'
  | 'pickup'
  | 'divert'
  | 'route_to'
  | 'transfer'
  | 'join'
  | 'barge_in'
  | 'fork';

export type ForwardReason =
  | 'none'
  | 'no_answer'
  | 'busy'
  | 'polling'
  | 'by_did'
  | 'user_requested'
  | 'not_registered'
  | 'forward_all';

export type TerminationReason =
  | 'continued_in'
  | 'redirected'
  | 'rejected'
  | 'cancelled'
  | 'src_participant_terminated'
  | 'dst_participant_terminated';

export type TerminationDetails =
  | 'none'
  | 'timeout'
  | 'no_answer'
  | 'busy'
  | 'declined'
  | 'not_registered'
  | 'no_route'
  | 'by_did'
  | 'polling'
  | 'deflected'
  | 'joined'
  | 'completed_elsewhere'
  | 'forward_all'
  | 'server_error'
  | 'terminated_by_originator';
