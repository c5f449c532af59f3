import { type Layout, recordTableDefinitions } from './record-table.ts';

/** Every table of `database_single` that clients are known to look at. */
export function tableDefinitions(layout: Layout): string {
  return [recordTableDefinitions(layout), BESIDE_RECORDS, LEGACY, CONFIGURATION, SECRETS].join('\n');
}

const BESIDE_RECORDS = `
CREATE TABLE cdrrecordings (cdr_id uuid, cdr_participant_id uuid, recording_url varchar);
CREATE TABLE cdrbilling (
  cdr_id uuid, source_bill_code varchar, destination_bill_code varchar,
  source_bill_rate_name varchar, destination_bill_rate_name varchar,
  source_bill_rate numeric, destination_bill_rate numeric,
  source_bill_duration interval, destination_bill_duration interval, migrated boolean
);
CREATE TABLE cdrcrmcontact (cdr_id uuid, cdr_participant_id uuid, contact_id varchar, contact_url varchar);
CREATE TABLE recordings (
  id_recording serial PRIMARY KEY, recording_url varchar, start_time timestamptz, end_time timestamptz,
  cdr_id uuid, queue_dn varchar, call_type int, transcribed boolean, transcription text, summary text,
  sentiment_score int, archived boolean, archived_url varchar, offload_id bigint
);
CREATE TABLE recording_participant (
  fk_recording_url varchar, dn varchar, dn_type int, caller_number varchar, display_name varchar,
  did_number varchar, is_from boolean, cdr_participant_id uuid
);`;

/** Of before Update 6, kept by the PBX but hardly fed any more: empty here as on a fresh install. */
const LEGACY = `
CREATE TABLE callcent_queuecalls (
  idcallcent_queuecalls serial PRIMARY KEY, q_num varchar, time_start timestamptz, time_end timestamptz,
  ts_waiting interval, ts_polling interval, ts_servicing interval, reason_noanswercode int,
  reason_noanswerdesc varchar, call_history_id varchar, from_userpart varchar, to_dn varchar,
  call_result varchar, cdr_participant_id uuid
);
CREATE TABLE callcent_ag_queuestatus (
  idcallcent_ag_queuestatus serial PRIMARY KEY, q_num varchar, ag_num varchar, timeofupdate timestamptz,
  status varchar
);
CREATE TABLE callcent_ag_dropped_calls (
  idcallcent_ag_dropped_calls serial PRIMARY KEY, q_num varchar, ag_num varchar, time_start timestamptz,
  time_end timestamptz, ts_polling interval, reason_noanswercode int, reason_noanswerdesc varchar,
  q_call_history_id varchar
);
CREATE TABLE cl_calls (
  id int PRIMARY KEY, start_time timestamptz, end_time timestamptz, is_answered boolean,
  ringing_dur interval, talking_dur interval, q_wait_dur interval, call_history_id varchar, migrated boolean
);
CREATE TABLE cl_segments (
  id int PRIMARY KEY, call_id int, seq_order int, seq_group int, src_part_id int, dst_part_id int,
  start_time timestamptz, end_time timestamptz, type int, action_id int, action_party_id int
);
CREATE TABLE cl_participants (
  id int PRIMARY KEY, dn varchar, dn_type int, caller_number varchar, display_name varchar,
  billing_code varchar, recording_url varchar, info_id int, crm_contact varchar
);
CREATE TABLE cl_party_info (
  id int PRIMARY KEY, call_id int, info_id int, role int, is_inbound boolean, end_status int,
  forward_reason int, failure_reason int, start_time timestamptz, answer_time timestamptz,
  end_time timestamptz, billing_cost numeric
);
CREATE TABLE cl_quality (
  id serial PRIMARY KEY, call_history_id varchar, time_stamp timestamptz, a_number varchar, b_number varchar,
  a_codec varchar, b_codec varchar, a_mos_from_pbx numeric, b_mos_from_pbx numeric,
  a_rx_jitter numeric, b_rx_jitter numeric, a_rx_lost int, b_rx_lost int
);
CREATE TABLE myphone_callhistory_v14 (
  idmpch14 serial PRIMARY KEY, call_id int, calltype int, dnowner varchar, party_dn varchar,
  party_dntype int, party_name varchar, party_callerid varchar, dialed_number varchar,
  start_time timestamptz, established_time timestamptz, end_time timestamptz, end_status int
);`;

const CONFIGURATION = `
CREATE TABLE dn (iddn serial PRIMARY KEY, value varchar UNIQUE, fkidtenant int, fkiddntype int);
CREATE TABLE extension (fkiddn int PRIMARY KEY REFERENCES dn (iddn), outboundcid varchar);
CREATE TABLE users (
  iduser serial PRIMARY KEY, fkidextension int REFERENCES extension (fkiddn),
  firstname varchar, lastname varchar, email varchar
);
CREATE TABLE queue (fkiddn int PRIMARY KEY REFERENCES dn (iddn), name varchar);`;

/** Here so that a client which reads more than it should is found out: nobody but the owner may look in. */
const SECRETS = `
CREATE SCHEMA private;
CREATE TABLE private.refresh_tokens (id serial PRIMARY KEY, token varchar, expires_at timestamptz);
CREATE TABLE private.jwt_signing_keys (id serial PRIMARY KEY, key_data text, created_at timestamptz);`;
