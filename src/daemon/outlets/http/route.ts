import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';

/** A route of an outlet: what it takes, what it gives, who may, and what it does. Also the source of its OpenAPI. */
export interface Route<Who> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `:name` marks what the path carries. */
  path: string;
  summary: string;
  /** A right the asker needs; `any` for any valid key, `none` for nobody's. */
  right: string;
  query?: z.ZodObject;
  body?: z.ZodObject;
  answers: Record<number, Answer>;
  handle(call: RouteCall<Who>): Promise<Reply> | Reply;
}

export interface Answer {
  description: string;
  schema?: z.ZodType;
  /** Other media types than JSON that the caller may ask for. */
  alsoAs?: string[];
}

export interface RouteCall<Who, Query = Record<string, unknown>, Body = Record<string, unknown>> {
  params: Record<string, string>;
  /** Checked by the route's schemas. */
  query: Query;
  body: Body;
  who: Who;
  request: IncomingMessage;
  response: ServerResponse;
  /** What every answer carries; for handlers that write the response themselves. */
  headers: Record<string, string>;
  /** Ends when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export type TypedRoute<Who, Query extends z.ZodObject, Body extends z.ZodObject> = Omit<
  Route<Who>,
  'query' | 'body' | 'handle'
> & {
  query?: Query;
  body?: Body;
  handle(call: RouteCall<Who, z.output<Query>, z.output<Body>>): Promise<Reply> | Reply;
};

/** A route whose handler sees its query and body with the types of their schemas. */
export function route<Who, Query extends z.ZodObject = z.ZodObject, Body extends z.ZodObject = z.ZodObject>(
  definition: TypedRoute<Who, Query, Body>,
): Route<Who> {
  // Sound because the app hands every handler just what the route's own schemas made.
  return definition as Route<Who>;
}

/** `taken`: the handler writes the response itself, as streams do. */
export type Reply =
  | { status: number; body: unknown }
  /** JSON that is encoded already. */
  | { status: number; json: Buffer }
  | { status: number; text: string; type: string }
  | 'taken';
