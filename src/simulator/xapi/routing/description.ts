import type { RouteSummary, XapiAnswer, XapiCall } from '../contract.ts';
import { ENTITIES, type EntityFields } from '../entities.ts';
import { ARGUMENT_TYPES, type ArgumentType, argumentNames } from './route-path.ts';

const EDM_TYPES: Record<ArgumentType, string> = {
  idKey: 'Edm.Int32',
  numberKey: 'Edm.String',
  string: 'Edm.String',
  integer: 'Edm.Int32',
  boolean: 'Edm.Boolean',
  date: 'Edm.DateTimeOffset',
};

const OPEN_API_TYPES: Record<ArgumentType, string> = {
  idKey: 'integer',
  numberKey: 'string',
  string: 'string',
  integer: 'integer',
  boolean: 'boolean',
  date: 'string',
};

/** `$metadata`: the entity types and sets that are played, and the functions with their arguments. */
export function metadata({ routes }: XapiCall): XapiAnswer {
  const types = Object.entries(ENTITIES).map(([name, fields]) => entityType(name, fields));
  const functions = routes.filter(({ path, method }) => method === 'GET' && path.includes('Pbx.'));
  const sets = routes.filter(
    ({ path, method, entity }) => method === 'GET' && entity && /^\/\w+$/.test(path),
  );
  const content = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
    '<edmx:DataServices><Schema Namespace="Pbx" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
    ...types,
    ...functions.map(functionOf),
    `<EntityContainer Name="Container">${sets.map(setOf).join('')}</EntityContainer>`,
    '</Schema></edmx:DataServices></edmx:Edmx>',
  ].join('\n');
  return { status: 200, text: { type: 'application/xml', content } };
}

export function swagger({ routes, parts }: XapiCall): XapiAnswer {
  const paths = [...new Set(routes.map(({ path }) => path))].toSorted();
  const content = [
    'openapi: 3.0.4',
    'info:',
    '  title: XAPI',
    `  version: ${parts.knobs.current.version}`,
    'servers:',
    '  - url: /xapi/v1',
    'paths:',
    ...paths.flatMap(path => pathItem(path, routes)),
    '',
  ].join('\n');
  return { status: 200, text: { type: 'application/yaml', content } };
}

function entityType(name: string, fields: EntityFields): string {
  const key = Object.hasOwn(fields, 'Id') ? 'Id' : (Object.keys(fields)[0] ?? '');
  const properties = Object.entries(fields).map(([field, type]) => {
    if (type === 'Navigation') return `<NavigationProperty Name="${field}" Type="Edm.EntityType"/>`;
    const edmType = type === 'Complex' ? 'Edm.ComplexType' : `Edm.${type}`;
    return `<Property Name="${field}" Type="${edmType}"${field === key ? ' Nullable="false"' : ''}/>`;
  });
  return `<EntityType Name="${name}"><Key><PropertyRef Name="${key}"/></Key>${properties.join('')}</EntityType>`;
}

function functionOf({ path, entity, shape }: RouteSummary): string {
  const name = /Pbx\.(\w+)\(/.exec(path)?.[1] ?? '';
  const parameters = argumentNames(path).map(
    argument => `<Parameter Name="${argument}" Type="${EDM_TYPES[ARGUMENT_TYPES[argument] ?? 'string']}"/>`,
  );
  const type = shape === 'list' ? `Collection(Pbx.${entity})` : `Pbx.${entity}`;
  const bound = `<Parameter Name="bindingParameter" Type="Collection(Pbx.${entity})"/>`;
  return `<Function Name="${name}" IsBound="true">${bound}${parameters.join('')}<ReturnType Type="${type}"/></Function>`;
}

function setOf({ path, entity, shape }: RouteSummary): string {
  const name = path.slice(1);
  return shape === 'list'
    ? `<EntitySet Name="${name}" EntityType="Pbx.${entity}"/>`
    : `<Singleton Name="${name}" Type="Pbx.${entity}"/>`;
}

function pathItem(path: string, routes: readonly RouteSummary[]): string[] {
  const parameters = argumentNames(path).flatMap(name => [
    `        - { name: ${name}, in: path, required: true, schema: { type: ${OPEN_API_TYPES[ARGUMENT_TYPES[name] ?? 'string']} } }`,
  ]);
  const operations = routes
    .filter(route => route.path === path)
    .flatMap(({ method }) => [
      `    ${method.toLowerCase()}:`,
      ...(parameters.length > 0 ? ['      parameters:', ...parameters] : []),
      "      responses: { '2XX': { description: Success }, 4XX: { description: error } }",
    ]);
  return [`  "${path}":`, ...operations];
}
