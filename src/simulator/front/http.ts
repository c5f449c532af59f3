import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a part answers; the gateway writes it. */
export interface Answer {
  status: number;
  body?: unknown;
  text?: { type: string; content: string };
  headers?: Record<string, string>;
}

const BODY_MAX_BYTES = 1_048_576;

export class BodyTooLarge extends Error {}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    // Read to its end, kept or not: who is still sending when the connection goes does not see the 413.
    if (size <= BODY_MAX_BYTES) chunks.push(chunk);
  }
  if (size > BODY_MAX_BYTES) throw new BodyTooLarge('The body is larger than 1 MiB');
  return Buffer.concat(chunks);
}

export function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { type, content } = answer.text ?? {
    type: 'application/json; charset=utf-8',
    content: answer.body === undefined ? '' : JSON.stringify(answer.body),
  };
  const headers = content === '' ? answer.headers : { 'Content-Type': type, ...answer.headers };
  response.writeHead(answer.status, { ...headers, 'Content-Length': Buffer.byteLength(content) });
  response.end(content);
}

/** Where a request leads, or null when no address can be read from it: `//` would name a host that is empty. */
export function parseTarget(target: string | undefined): URL | null {
  if (target?.startsWith('//')) return null;
  return URL.parse(target ?? '/', 'http://pbx');
}

/** One part of a path as it was meant, or null when its escapes are broken. */
export function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The body as JSON, `undefined` when there is none, or a SyntaxError. */
export function parseJson(body: Buffer): unknown {
  const text = body.toString('utf8').trim();
  return text === '' ? undefined : JSON.parse(text);
}

/** Guides send forms urlencoded, the vendor's sample code multipart: both are read. */
export async function parseForm(request: IncomingMessage, body: Buffer): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (!type.toLowerCase().startsWith('multipart/form-data'))
    return new URLSearchParams(body.toString('utf8'));
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw new SyntaxError('The body is no multipart form');
    });
  const fields = [...form].filter((field): field is [string, string] => typeof field[1] === 'string');
  return new URLSearchParams(fields);
}
