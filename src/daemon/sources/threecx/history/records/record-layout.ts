import { escapeIdentifier } from 'pg';
import { z } from 'zod';
import type { RungFailure } from '../database/login.ts';
import type { Statement, TextRow } from '../database/statement.ts';

/** A table of call records as it really is: an SQL expression for each thing we want to know of a row `r`. */
export interface RecordTable {
  name: string;
  /** Schema and table, quoted. */
  from: string;
  column: Record<Field, string>;
  /** SQL types of the two ids, for parameters that are compared with them. */
  idType: string;
  callIdType: string;
}

type Kind = 'id' | 'time' | 'text' | 'boolean';
export type Field = keyof typeof FIELDS;

/** Names from the newest to the oldest; 3CX: only the times are known to have had other names. */
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
} as const satisfies Record<string, { kind: Kind; names: string[] }>;

/** Without these a row is no record. All else may be missing and is then told as unknown. */
const NEEDED: readonly Field[] = ['id', 'callId', 'startedAt'];
/** 3CX: the real name first, then the one of the project's brief. */
const TABLES = ['cdroutput', 'cdr_output'];
const ID_TYPES = ['uuid', 'text', 'varchar', 'bpchar', 'int4', 'int8'];
const ABSENT: Record<Kind, string> = {
  id: 'NULL::text',
  time: 'NULL::timestamptz',
  text: 'NULL::text',
  boolean: 'NULL::boolean',
};

/** From the catalogue, not from information_schema, which hides what we may not read: then nobody could say why. */
const LOOK: Statement = {
  text: `SELECT c.relname::text, n.nspname::text, a.attname::text, t.typname::text,
    (has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT'))::text
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
  ORDER BY n.nspname <> 'public', n.nspname`,
  values: [TABLES],
};

const lookRow = z.tuple([z.string(), z.string(), z.string(), z.string(), z.enum(['true', 'false'])]);
type Seen = z.output<typeof lookRow>;

export interface Survey {
  table: RecordTable | null;
  /** Why the tables before the one found, or all, cannot be used. */
  failures: RungFailure[];
}

export async function surveyRecords(ask: (statement: Statement) => Promise<TextRow[]>): Promise<Survey> {
  const rows = z.array(lookRow).parse(await ask(LOOK));
  const failures: RungFailure[] = [];
  for (const name of TABLES) {
    const found = tableOf(name, rows);
    if (typeof found !== 'string') return { table: found, failures };
    failures.push({ rung: `table ${name}`, reason: found });
  }
  return { table: null, failures };
}

function tableOf(name: string, rows: Seen[]): RecordTable | string {
  const [, schema] = rows.find(([table]) => table === name) ?? [];
  if (schema === undefined) return 'there is no such table in this database';
  const all = rows.filter(([table, place]) => table === name && place === schema);
  const types = new Map(all.filter(row => row[4] === 'true').map(row => [row[2], row[3]]));
  if (types.size === 0) return 'this user may not read it; grant it SELECT';
  const column = (field: Field): string => expressionOf(field, types);
  const missing = NEEDED.find(field => column(field) === ABSENT[FIELDS[field].kind]);
  if (missing) return `it has no readable column ${FIELDS[missing].names.join(' or ')} of a type we know`;
  return {
    name,
    from: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    column: Object.fromEntries(fieldNames().map(field => [field, column(field)])) as Record<Field, string>,
    idType: idTypeOf('id', types),
    callIdType: idTypeOf('callId', types),
  };
}

function expressionOf(field: Field, types: Map<string, string>): string {
  const { kind, names } = FIELDS[field];
  const usable = names.filter(name => isUsable(kind, types.get(name)));
  const expressions = usable.map(name => {
    const quoted = `r.${escapeIdentifier(name)}`;
    if (kind === 'text') return `${quoted}::text`;
    // 3CX: all times are UTC; a column without a zone holds the same.
    return types.get(name) === 'timestamp' ? `(${quoted} AT TIME ZONE 'UTC')` : quoted;
  });
  const [first = ABSENT[kind], ...others] = expressions;
  return others.length === 0 ? first : `coalesce(${expressions.join(', ')})`;
}

function isUsable(kind: Kind, type: string | undefined): boolean {
  if (type === undefined) return false;
  if (kind === 'id') return ID_TYPES.includes(type);
  if (kind === 'time') return type === 'timestamptz' || type === 'timestamp';
  return kind === 'text' || type === 'bool';
}

function idTypeOf(field: 'id' | 'callId', types: Map<string, string>): string {
  const name = FIELDS[field].names.find(candidate => isUsable('id', types.get(candidate)));
  return types.get(name ?? '') ?? 'text';
}

export function fieldNames(): Field[] {
  return Object.keys(FIELDS) as Field[];
}
