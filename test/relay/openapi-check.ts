import * as z from 'zod';
import type { RelayRig } from './relay-rig.ts';

interface Asked {
  /** As the document writes it. */
  path: string;
  method: string;
  reply: Awaited<ReturnType<RelayRig['get']>>;
}

/** Where an answer departs from what the OpenAPI document promises for it. */
// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
export function violations(document: any, { path, method, reply }: Asked): string[] {
  const operation = document.paths[path]?.[method];
  if (!operation) return [`${method} ${path} is not described`];
  const answer = operation.responses[String(reply.status)] ?? operation.responses.default;
  const schema = answer.content?.['application/json']?.schema;
  if (!schema) return [`${method} ${path} describes no JSON for ${reply.status}`];
  const result = z.fromJSONSchema(schema).safeParse(reply.body);
  return result.success ? [] : result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`);
}
