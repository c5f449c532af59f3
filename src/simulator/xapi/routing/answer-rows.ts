import type { Handler, RouteSummary, XapiAnswer, XapiCall } from '../contract.ts';
import { type EntityName, fieldsOf, type RowOf } from '../entities.ts';
import { applyQuery, contextSuffix, type ODataOptions, parseQuery, shape } from '../odata/odata-query.ts';

type RowsHandler<Name extends EntityName> = (
  call: XapiCall,
  options: ODataOptions,
) => RowOf<Name>[] | Promise<RowOf<Name>[]>;

type RowHandler<Name extends EntityName> = (call: XapiCall) => RowOf<Name>;

type Answering = Pick<RouteSummary, 'entity' | 'shape'> & { handler: Handler };

/** A route that answers many rows, cut to what the query asks for. */
export function list<Name extends EntityName>(entity: Name, rowsOf: RowsHandler<Name>): Answering {
  const fields = fieldsOf(entity);
  const handler = async (call: XapiCall): Promise<XapiAnswer> => {
    const options = parseQuery(call.request.query, fields);
    const { rows, count } = applyQuery(await rowsOf(call, options), options, fields);
    const body = {
      '@odata.context': context(call, collectionName(call, entity) + contextSuffix(options)),
      ...(options.isCounted && { '@odata.count': count }),
      value: rows,
    };
    return { status: 200, body };
  };
  return { entity, shape: 'list', handler };
}

/** A route that answers one object, whose fields stand beside its context. */
export function one<Name extends EntityName>(entity: Name, rowOf: RowHandler<Name>): Answering {
  const fields = fieldsOf(entity);
  const handler = (call: XapiCall): XapiAnswer => {
    const options = parseQuery(call.request.query, fields);
    const body = {
      '@odata.context': context(call, objectName(call, entity) + contextSuffix(options)),
      ...shape(rowOf(call), options, fields),
    };
    return { status: 200, body };
  };
  return { entity, shape: 'one', handler };
}

export function context(call: XapiCall, name: string): string {
  return `${call.parts.baseUrl()}/xapi/v1/$metadata#${name}`;
}

/** `ActiveCalls`, `Queues(28)/Agents`, or a collection of a type when a function gave it. */
function collectionName({ request }: XapiCall, entity: EntityName): string {
  const path = request.path.slice(1);
  return path.includes('Pbx.') ? `Collection(Pbx.${entity})` : path;
}

/** `SystemStatus`, `Users/$entity` for one of many, or a type when a function gave it. */
function objectName({ request }: XapiCall, entity: EntityName): string {
  const path = request.path.slice(1);
  if (path.includes('Pbx.') || path.endsWith('()')) return `Pbx.${entity}`;
  const open = path.search(/\(|%28/);
  return open < 0 ? path : `${path.slice(0, open)}/$entity`;
}
