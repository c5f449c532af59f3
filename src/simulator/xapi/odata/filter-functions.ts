import { ODataError } from '../xapi-fault.ts';
import type { Expression, Value, ValueType } from './expression.ts';

interface FilterFunction {
  takes: readonly ValueType[];
  gives: ValueType;
  run: (values: readonly Value[]) => Value;
}

const DAY_MS = 86_400_000;

const FUNCTIONS: Readonly<Record<string, FilterFunction>> = {
  contains: { takes: ['string', 'string'], gives: 'boolean', run: ([a, b]) => text(a).includes(text(b)) },
  startswith: { takes: ['string', 'string'], gives: 'boolean', run: ([a, b]) => text(a).startsWith(text(b)) },
  endswith: { takes: ['string', 'string'], gives: 'boolean', run: ([a, b]) => text(a).endsWith(text(b)) },
  tolower: { takes: ['string'], gives: 'string', run: ([a]) => text(a).toLowerCase() },
  toupper: { takes: ['string'], gives: 'string', run: ([a]) => text(a).toUpperCase() },
  date: { takes: ['instant'], gives: 'instant', run: ([a]) => Math.floor(Number(a) / DAY_MS) * DAY_MS },
  year: { takes: ['instant'], gives: 'number', run: ([a]) => day(a).getUTCFullYear() },
  month: { takes: ['instant'], gives: 'number', run: ([a]) => day(a).getUTCMonth() + 1 },
  day: { takes: ['instant'], gives: 'number', run: ([a]) => day(a).getUTCDate() },
};

/** A function of something unknown is unknown. */
export function functionCall(name: string, given: readonly Expression[]): Expression {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!known) throw new ODataError(`An unknown function with name '${name}' was found.`, '$filter');
  const { takes, gives, run } = known;
  const fits =
    given.length === takes.length &&
    given.every(({ type }, index) => type === takes[index] || type === 'null');
  if (!fits) throw new ODataError(`'${name}' takes (${takes.join(', ')}).`, '$filter');
  return {
    type: gives,
    read: row => {
      const values = given.map(argument => argument.read(row));
      return values.includes(null) ? null : run(values);
    },
  };
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function day(value: Value | undefined): Date {
  return new Date(Number(value));
}
