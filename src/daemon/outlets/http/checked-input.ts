import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';

const BODY_MAX_BYTES = 65_536;
const DEPTH_MAX = 20;

/** Each parameter once, each one known: a misspelt filter must not silently give everything. */
export function checkedQuery(
  query: URLSearchParams,
  schema: z.ZodObject | undefined,
): Record<string, unknown> {
  if (query.size === 0) return schema ? checked(schema, {}) : {};
  const known = Object.keys(schema?.shape ?? {});
  const seen = new Map<string, string>();
  for (const [name, value] of query) {
    if (!known.includes(name)) {
      const hint = known.length > 0 ? `Possible are ${known.join(', ')}.` : 'This route takes none.';
      throw new AppError('E_UNKNOWN_PARAMETER', {
        detail: `There is no parameter "${name.slice(0, 50)}". ${hint}`,
      });
    }
    if (seen.has(name))
      throw new AppError('E_BAD_REQUEST', { detail: `The parameter "${name}" is given twice.` });
    seen.set(name, value);
  }
  return schema ? checked(schema, Object.fromEntries(seen)) : {};
}

export async function checkedBody(
  request: IncomingMessage,
  schema: z.ZodObject,
): Promise<Record<string, unknown>> {
  const text = await readText(request);
  const isJson = /^application\/json(;|$)/i.test(request.headers['content-type'] ?? '');
  if (text !== '' && !isJson)
    throw new AppError('E_MEDIA_TYPE', { detail: 'Send the header Content-Type: application/json.' });
  return checked(schema, parseJson(text === '' ? '{}' : text));
}

function checked(schema: z.ZodObject, value: unknown): Record<string, unknown> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(issue => `${issue.path.join('.') || 'the body'}: ${issue.message}`);
  throw new AppError('E_BAD_REQUEST', { detail: issues.join('; ') });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Destroying the request would take the connection, and with it the answer that says why.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > BODY_MAX_BYTES) {
        throw new AppError('E_TOO_LARGE', { detail: `A body may have ${BODY_MAX_BYTES} bytes.` });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('E_TIMEOUT', { detail: 'The body did not come to its end.', cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Deep nesting is what makes JSON expensive, so it is measured before parsing. */
export function parseJson(text: string): unknown {
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (isInText) {
      if (char === '\\') index++;
      else if (char === '"') isInText = false;
    } else if (char === '"') isInText = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      if (depth > DEPTH_MAX)
        throw new AppError('E_BAD_REQUEST', { detail: `JSON may be nested ${DEPTH_MAX} deep.` });
    } else if (char === '}' || char === ']') depth -= 1;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('E_BAD_REQUEST', { detail: 'The text is no JSON.' });
  }
}
