import type { AgentInterval } from '../exchange/agent-board.ts';
import type { CallRecord } from '../exchange/call-record.ts';
import type { Copy, Value } from './copy.ts';

/** `older` is what the project's brief describes; no real 3CX is known that has it. */
export type Layout = 'current' | 'older';

/** 3CX: reference section 6.2. The table has no key and no index, as exported copies had none. */
const COLUMNS: Record<keyof CallRecord, string> = {
  cdr_id: 'uuid',
  call_history_id: 'uuid',
  main_call_history_id: 'uuid',
  source_participant_id: 'uuid',
  destination_participant_id: 'uuid',
  source_entity_type: 'varchar',
  destination_entity_type: 'varchar',
  source_dn_number: 'varchar',
  destination_dn_number: 'varchar',
  source_dn_type: 'varchar',
  destination_dn_type: 'varchar',
  source_dn_name: 'varchar',
  destination_dn_name: 'varchar',
  source_participant_name: 'varchar',
  destination_participant_name: 'varchar',
  source_participant_phone_number: 'varchar',
  destination_participant_phone_number: 'varchar',
  source_participant_trunk_did: 'varchar',
  destination_participant_trunk_did: 'varchar',
  source_participant_is_incoming: 'boolean',
  destination_participant_is_incoming: 'boolean',
  source_participant_is_already_connected: 'boolean',
  destination_participant_is_already_connected: 'boolean',
  source_participant_group_name: 'varchar',
  destination_participant_group_name: 'varchar',
  source_participant_billing_suffix: 'varchar',
  destination_participant_billing_suffix: 'varchar',
  base_cdr_id: 'uuid',
  originating_cdr_id: 'uuid',
  continued_in_cdr_id: 'uuid',
  creation_method: 'varchar',
  creation_forward_reason: 'varchar',
  termination_reason: 'varchar',
  termination_reason_details: 'varchar',
  terminated_by_participant_id: 'uuid',
  cdr_started_at: 'timestamptz(6)',
  cdr_answered_at: 'timestamptz(6)',
  cdr_ended_at: 'timestamptz(6)',
  source_presentation: 'varchar',
  processed: 'boolean',
  migrated: 'boolean',
  offload_id: 'bigint',
};

const MEMBERS = Object.keys(COLUMNS);
const OLDER_NAMES: Partial<Record<string, string>> = {
  cdr_started_at: 'start_time',
  cdr_answered_at: 'answer_time',
  cdr_ended_at: 'end_time',
};

const TABLES: Record<Layout, string> = { current: 'cdroutput', older: 'cdr_output' };
const BILLING = `cdrbilling (cdr_id, source_bill_rate, source_bill_duration, destination_bill_rate,
  destination_bill_duration, migrated)`;
const OPERATOR_STATES = `operator_state_history (operator_dn, operator_name, queue_status, profile, start_time,
  end_time)`;

export function recordTable(layout: Layout): string {
  return TABLES[layout];
}

export function recordTableDefinitions(layout: Layout): string {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${columnName(layout, name)} ${type}`);
  const records = `CREATE TABLE ${TABLES[layout]} (${columns.join(', ')});`;
  if (layout === 'current') return records;
  return `${records}
CREATE TABLE operator_state_history (
  id bigserial, operator_dn varchar, operator_name varchar, queue_status varchar, profile varchar,
  start_time timestamptz, end_time timestamptz
);`;
}

/** Together with what the PBX bills for calls over outside lines: nothing. */
export function recordCopies(layout: Layout): (records: CallRecord[]) => Copy[] {
  const names = MEMBERS.map(name => columnName(layout, name));
  const into = `${TABLES[layout]} (${names.join(', ')})`;
  return records => [
    { into, rows: records.map(toRow) },
    { into: BILLING, rows: records.filter(isOutside).map(toBillingRow) },
  ];
}

type NamedInterval = AgentInterval & { name: string | null };

export function operatorStateCopies(intervals: NamedInterval[]): Copy[] {
  const rows = intervals.map(({ dn, name, queueStatus, profile, since, until }) => {
    return [dn, name, queueStatus, profile, new Date(since), new Date(until)];
  });
  return [{ into: OPERATOR_STATES, rows }];
}

function columnName(layout: Layout, name: string): string {
  return layout === 'older' ? (OLDER_NAMES[name] ?? name) : name;
}

function toRow(record: CallRecord): Value[] {
  const values: Record<string, Value> = { ...record };
  return MEMBERS.map(name => values[name] ?? null);
}

function isOutside({ source_entity_type, destination_entity_type }: CallRecord): boolean {
  return source_entity_type === 'external_line' || destination_entity_type === 'external_line';
}

function toBillingRow({ cdr_id, cdr_answered_at, cdr_ended_at, migrated }: CallRecord): Value[] {
  const talkedMs = cdr_answered_at ? cdr_ended_at.getTime() - cdr_answered_at.getTime() : 0;
  const talked = `${talkedMs} milliseconds`;
  return [cdr_id, 0, talked, 0, talked, migrated];
}
