import type { EntityFields, Row } from '../entities.ts';
import { ODataError } from '../xapi-fault.ts';
import { comparison, type Expression, literal, property, type Value } from './expression.ts';
import { functionCall } from './filter-functions.ts';
import { filterTokens, type Token } from './filter-tokens.ts';

const NESTING_MAX = 50;
const TERMS_MAX = 500;
const COMPARISONS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const CONSTANTS: Readonly<Record<string, Expression>> = {
  true: literal('boolean', true),
  false: literal('boolean', false),
  null: literal('null', null),
};

/** Which rows a $filter lets through. Throws an ODataError, and nothing else, for whatever it cannot read. */
export function parseFilter(text: string, fields: EntityFields): (row: Row) => boolean {
  const expression = new FilterParser(filterTokens(text), fields).whole();
  return row => expression.read(row) === true;
}

/** From weak to strong: or, and, comparison, not, then names, literals, functions and parentheses. */
class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #fields: EntityFields;
  #position = 0;
  #depth = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], fields: EntityFields) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  whole(): Expression {
    const expression = asCondition(this.#any());
    if (this.#next().kind !== 'end') throw this.#unexpected();
    return expression;
  }

  #any(): Expression {
    const terms = [this.#all()];
    while (this.#skipName('or')) terms.push(this.#all());
    return terms.length === 1 && terms[0] ? terms[0] : junction(terms, true);
  }

  #all(): Expression {
    const terms = [this.#comparison()];
    while (this.#skipName('and')) terms.push(this.#comparison());
    return terms.length === 1 && terms[0] ? terms[0] : junction(terms, false);
  }

  #comparison(): Expression {
    let left = this.#unary();
    for (
      let token = this.#next();
      token.kind === 'name' && COMPARISONS.has(token.value);
      token = this.#next()
    ) {
      this.#position += 1;
      left = comparison(token.value, left, this.#unary());
    }
    return left;
  }

  #unary(): Expression {
    this.#terms += 1;
    if (this.#terms > TERMS_MAX) throw new ODataError('The $filter has too many terms.', '$filter');
    return this.#nested(() => {
      if (!this.#skipName('not')) return this.#primary();
      const inner = asCondition(this.#unary());
      return { type: 'boolean', read: row => opposite(inner.read(row)) };
    });
  }

  #primary(): Expression {
    const token = this.#next();
    this.#position += 1;
    switch (token.kind) {
      case 'string':
      case 'number':
      case 'instant':
        return literal(token.kind, token.value);
      case 'name':
        return this.#named(token.value);
      case 'open': {
        const inner = this.#any();
        this.#expect('close');
        return inner;
      }
      default:
        this.#position -= 1;
        throw this.#unexpected();
    }
  }

  #named(name: string): Expression {
    if (this.#next().kind === 'open') return functionCall(name, this.#arguments());
    const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
    return constant ?? property(this.#fields, name);
  }

  #arguments(): Expression[] {
    this.#expect('open');
    const given = [this.#any()];
    while (this.#next().kind === 'comma') {
      this.#position += 1;
      given.push(this.#any());
    }
    this.#expect('close');
    return given;
  }

  #nested(parse: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > NESTING_MAX) throw new ODataError('The $filter is nested too deeply.', '$filter');
    const expression = parse();
    this.#depth -= 1;
    return expression;
  }

  #next(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end' };
  }

  #skipName(name: string): boolean {
    const token = this.#next();
    if (token.kind !== 'name' || token.value !== name) return false;
    this.#position += 1;
    return true;
  }

  #expect(kind: Token['kind']): void {
    if (this.#next().kind !== kind) throw this.#unexpected();
    this.#position += 1;
  }

  #unexpected(): ODataError {
    return new ODataError(`Syntax error at token ${this.#position + 1} in the $filter.`, '$filter');
  }
}

/** `or` is decided by the first true, `and` by the first false; otherwise one unknown makes all unknown. */
function junction(terms: readonly Expression[], decisive: boolean): Expression {
  const conditions = terms.map(asCondition);
  return {
    type: 'boolean',
    read: row => {
      const values = conditions.map(condition => condition.read(row));
      if (values.includes(decisive)) return decisive;
      return values.includes(null) ? null : !decisive;
    },
  };
}

function asCondition(expression: Expression): Expression {
  if (expression.type === 'boolean' || expression.type === 'null') return expression;
  throw new ODataError(`A ${expression.type} is no condition.`, '$filter');
}

function opposite(value: Value): Value {
  return value === null ? null : !value;
}
