import type { EdmType, EntityFields, Row } from '../entities.ts';
import { instantOf } from '../iso-text.ts';
import { ODataError } from '../xapi-fault.ts';

export type Value = string | number | boolean | null;
export type ValueType = 'string' | 'number' | 'boolean' | 'instant' | 'duration' | 'null';

/** A piece of a $filter whose type is known before any row is read. Instants are milliseconds since 1970. */
export interface Expression {
  type: ValueType;
  read: (row: Row) => Value;
}

const TYPES: Record<EdmType, ValueType | null> = {
  Int32: 'number',
  Int64: 'number',
  Decimal: 'number',
  String: 'string',
  Boolean: 'boolean',
  DateTimeOffset: 'instant',
  Duration: 'duration',
  Complex: null,
  Navigation: null,
};

export function property(fields: EntityFields, name: string): Expression {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new ODataError(`Could not find a property named '${name}'.`, name);
  const type = TYPES[field];
  if (type === null) throw new ODataError(`The property '${name}' cannot be compared.`, name);
  return { type, read: row => simple(row[name], type) };
}

export function literal(type: ValueType, value: Value): Expression {
  return { type, read: () => value };
}

/** Nothing is equal to null but null; whatever else touches it is unknown, and unknown rows are left out. */
export function comparison(operator: string, left: Expression, right: Expression): Expression {
  const isSameType = left.type === right.type || left.type === 'null' || right.type === 'null';
  const isOrdered = left.type !== 'boolean' && left.type !== 'duration';
  if (!isSameType || !(isOrdered || operator === 'eq' || operator === 'ne')) {
    throw new ODataError(`'${operator}' cannot compare a ${left.type} with a ${right.type}.`, '$filter');
  }
  return { type: 'boolean', read: row => compare(operator, left.read(row), right.read(row)) };
}

export function order(left: Value, right: Value): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}

function simple(value: unknown, type: ValueType): Value {
  if (type === 'instant') return typeof value === 'string' ? instantOf(value) : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function compare(operator: string, left: Value, right: Value): boolean {
  const sign = order(left, right);
  if (operator === 'eq') return sign === 0;
  if (operator === 'ne') return sign !== 0;
  if (left === null || right === null) return false;
  if (operator === 'gt') return sign > 0;
  if (operator === 'ge') return sign >= 0;
  if (operator === 'lt') return sign < 0;
  return sign <= 0;
}
