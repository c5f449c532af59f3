import type { Statement, TextRow } from '../database/statement.ts';
import { type FoundTable, findTable, type Survey, type TableSearch } from '../database/table-survey.ts';

export type Field = keyof typeof FIELDS;
/** A table of call records as it really is. */
export type RecordTable = FoundTable<Field>;

/** 3CX: only the times are known to have had other names. */
const FIELDS = {
  id: { kind: 'id', names: ['cdr_id'] },
  callId: { kind: 'id', names: ['main_call_history_id', 'call_history_id'] },
  startedAt: { kind: 'time', names: ['cdr_started_at', 'start_time'] },
  answeredAt: { kind: 'time', names: ['cdr_answered_at', 'answer_time'] },
  endedAt: { kind: 'time', names: ['cdr_ended_at', 'end_time'] },
  sourceType: { kind: 'text', names: ['source_entity_type'] },
  sourceDn: { kind: 'text', names: ['source_dn_number'] },
  sourceDnName: { kind: 'text', names: ['source_dn_name'] },
  sourceName: { kind: 'text', names: ['source_participant_name'] },
  sourceNumber: { kind: 'text', names: ['source_participant_phone_number'] },
  sourceDid: { kind: 'text', names: ['source_participant_trunk_did'] },
  isIncoming: { kind: 'boolean', names: ['source_participant_is_incoming'] },
  destinationType: { kind: 'text', names: ['destination_entity_type'] },
  destinationDn: { kind: 'text', names: ['destination_dn_number'] },
  destinationDnName: { kind: 'text', names: ['destination_dn_name'] },
  destinationName: { kind: 'text', names: ['destination_participant_name'] },
  destinationNumber: { kind: 'text', names: ['destination_participant_phone_number'] },
  continuedIn: { kind: 'text', names: ['continued_in_cdr_id'] },
  terminationReason: { kind: 'text', names: ['termination_reason'] },
  terminationDetails: { kind: 'text', names: ['termination_reason_details'] },
} as const satisfies TableSearch<string>['fields'];

const SEARCH: TableSearch<Field> = {
  // 3CX: the real name first, then the one of the project's brief.
  tables: ['cdroutput', 'cdr_output'],
  fields: FIELDS,
  needed: ['id', 'callId', 'startedAt'],
};

export function surveyRecords(ask: (statement: Statement) => Promise<TextRow[]>): Promise<Survey<Field>> {
  return findTable(ask, SEARCH);
}

export function fieldNames(): Field[] {
  return Object.keys(FIELDS) as Field[];
}
