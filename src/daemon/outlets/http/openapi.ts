import * as z from 'zod';
import { problemSchema } from './problem.ts';
import type { Answer, Route } from './route.ts';

export const BEARER = { type: 'http', scheme: 'bearer' };

interface Described {
  title: string;
  version: string;
  /** Ways to show who one is; any one of them will do. */
  security: Record<string, object>;
  routes: readonly Pick<
    Route<never>,
    'method' | 'path' | 'summary' | 'right' | 'query' | 'body' | 'answers'
  >[];
}

/** OpenAPI 3.1, made from the very schemas that check requests. */
export function openApi({ title, version, security, routes }: Described): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, Object.keys(security)) };
  }
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths,
    components: {
      securitySchemes: security,
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
    },
  };
}

function operation(
  { path, summary, right, query, body, answers }: Described['routes'][number],
  security: readonly string[],
): Record<string, unknown> {
  const inPath = [...path.matchAll(/:([A-Za-z]+)/g)].map(match =>
    parameter(match[1] ?? '', 'path', { type: 'string' }),
  );
  const shape = query ? jsonSchema(query, 'input') : { properties: {} };
  const inQuery = Object.entries(propertiesOf(shape)).map(([name, schema]) =>
    parameter(name, 'query', schema),
  );
  return {
    summary,
    security: right === 'none' ? [] : security.map(name => ({ [name]: [] })),
    ...(right !== 'none' && right !== 'any' && { description: `Needs the permission ${right}.` }),
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      default: {
        description: 'What went wrong',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', schema: unknown): Record<string, unknown> {
  return { name, in: place, required: place === 'path', schema };
}

function response({ description, schema, alsoAs = [] }: Answer): Record<string, unknown> {
  const others = alsoAs.map(type => [type, { schema: { type: 'string' } }] as const);
  const json = schema ? [['application/json', { schema: jsonSchema(schema, 'output') }] as const] : [];
  return {
    description,
    ...(json.length + others.length > 0 && { content: Object.fromEntries([...json, ...others]) }),
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function propertiesOf(schema: Record<string, unknown>): Record<string, unknown> {
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null ? { ...properties } : {};
}
