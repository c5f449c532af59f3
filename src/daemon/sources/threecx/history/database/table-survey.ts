import { escapeIdentifier } from 'pg';
import * as z from 'zod';
import type { RungFailure } from './login.ts';
import type { Statement, TextRow } from './statement.ts';

type Kind = 'id' | 'time' | 'text' | 'boolean';

/** A table that may have this name or that, and columns that may. */
export interface TableSearch<Field extends string> {
  /** In the order they are tried. */
  tables: readonly string[];
  /** Names from the newest to the oldest. */
  fields: Record<Field, { kind: Kind; names: readonly string[] }>;
  /** Without these a row says nothing. All else may be missing and is then told as unknown. */
  needed: readonly Field[];
}

/** A table as it really is: an SQL expression for each thing we want to know of a row `r`. */
export interface FoundTable<Field extends string> {
  name: string;
  /** Schema and table, quoted. */
  from: string;
  /** Of a row, where it lies: cheap to sort by hundred thousands, and found again at once. Null where rows have no place. */
  place: string | null;
  column: Record<Field, string>;
  /** Of the column that an expression is made of, for parameters that are compared with it. */
  type: Record<Field, string>;
}

const ID_TYPES = ['uuid', 'text', 'varchar', 'bpchar', 'int4', 'int8'];
const ABSENT: Record<Kind, string> = {
  id: 'NULL::text',
  time: 'NULL::timestamptz',
  text: 'NULL::text',
  boolean: 'NULL::boolean',
};

/** From the catalogue, not from information_schema, which hides what we may not read: then nobody could say why. */
const LOOK = `SELECT c.relname::text, n.nspname::text, a.attname::text, t.typname::text,
    (has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT'))::text,
    (c.relkind IN ('r', 'm') AND NOT c.relhassubclass AND has_table_privilege(c.oid, 'SELECT'))::text
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
  ORDER BY n.nspname <> 'public', n.nspname`;

const truth = z.enum(['true', 'false']);
const lookRow = z.tuple([z.string(), z.string(), z.string(), z.string(), truth, truth]);
type Seen = z.output<typeof lookRow>;

export interface Survey<Field extends string> {
  table: FoundTable<Field> | null;
  /** Why the tables before the one found, or all, cannot be used. */
  failures: RungFailure[];
}

export async function findTable<Field extends string>(
  ask: (statement: Statement) => Promise<TextRow[]>,
  search: TableSearch<Field>,
): Promise<Survey<Field>> {
  const rows = z.array(lookRow).parse(await ask({ text: LOOK, values: [search.tables] }));
  const failures: RungFailure[] = [];
  for (const name of search.tables) {
    const found = tableOf(name, rows, search);
    if (typeof found !== 'string') return { table: found, failures };
    failures.push({ rung: `table ${name}`, reason: found });
  }
  return { table: null, failures };
}

const RIGHTS = `SELECT rolname::text, rolsuper::text,
    has_table_privilege($1::regclass::oid, 'INSERT, UPDATE, DELETE, TRUNCATE')::text
  FROM pg_catalog.pg_roles WHERE rolname = current_user`;

/** What this login could do to the table besides reading it, in words; null when nothing. We never would. */
export async function surveyRights(
  ask: (statement: Statement) => Promise<TextRow[]>,
  { name, from }: Pick<FoundTable<string>, 'name' | 'from'>,
): Promise<string | null> {
  const [row] = await ask({ text: RIGHTS, values: [from] });
  const [user, isSuper, canWrite] = row ?? [];
  if (isSuper === 'true') return `The login ${user} is a superuser.`;
  return canWrite === 'true' ? `The login ${user} may write to ${name}.` : null;
}

function tableOf<Field extends string>(
  name: string,
  rows: Seen[],
  { fields, needed }: TableSearch<Field>,
): FoundTable<Field> | string {
  const [, schema] = rows.find(([table]) => table === name) ?? [];
  if (schema === undefined) return 'there is no such table in this database';
  const all = rows.filter(([table, place]) => table === name && place === schema);
  const types = new Map(all.filter(row => row[4] === 'true').map(row => [row[2], row[3]]));
  if (types.size === 0) return 'this user may not read it; grant it SELECT';
  const missing = needed.find(field => usableNames(fields[field], types).length === 0);
  if (missing) return `it has no readable column ${fields[missing].names.join(' or ')} of a type we know`;
  const each = <Value>(make: (field: Field) => Value): Record<Field, Value> =>
    Object.fromEntries((Object.keys(fields) as Field[]).map(field => [field, make(field)])) as Record<
      Field,
      Value
    >;
  return {
    name,
    from: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    place: all.some(row => row[5] === 'true') ? 'r.ctid' : null,
    column: each(field => expressionOf(fields[field], types)),
    type: each(field => types.get(usableNames(fields[field], types)[0] ?? '') ?? 'text'),
  };
}

interface Column {
  kind: Kind;
  names: readonly string[];
}

function expressionOf({ kind, names }: Column, types: Map<string, string>): string {
  const expressions = usableNames({ kind, names }, types).map(name => {
    const quoted = `r.${escapeIdentifier(name)}`;
    if (kind === 'text') return `${quoted}::text`;
    // 3CX: all times are UTC; a column without a zone holds the same.
    return types.get(name) === 'timestamp' ? `(${quoted} AT TIME ZONE 'UTC')` : quoted;
  });
  const [first = ABSENT[kind], ...others] = expressions;
  return others.length === 0 ? first : `coalesce(${expressions.join(', ')})`;
}

function usableNames({ kind, names }: Column, types: Map<string, string>): string[] {
  return names.filter(name => isUsable(kind, types.get(name)));
}

function isUsable(kind: Kind, type: string | undefined): boolean {
  if (type === undefined) return false;
  if (kind === 'id') return ID_TYPES.includes(type);
  if (kind === 'time') return type === 'timestamptz' || type === 'timestamp';
  return kind === 'text' || type === 'bool';
}
