import * as z from 'zod';
import { parseTarget } from '../front/http.ts';
import { EVENT_TYPE, type Frame } from './frame.ts';
import type { CallControlRest } from './rest.ts';

const requestSchema = z.looseObject({
  RequestID: z.unknown().optional(),
  Path: z.string(),
  RequestData: z.unknown().optional(),
});

const ROOT = '/callcontrol';

/** A request sent over the socket is answered by an event of type 4; with RequestData it is a POST. */
export function answerSocketRequest(rest: CallControlRest, text: string): Frame['event'] {
  const request = requestSchema.safeParse(parse(text));
  if (!request.success) return response({ requestId: null, path: null, status: 400, body: null });
  const { RequestID: requestId, Path: path, RequestData: data } = request.data;
  const url = parseTarget(path);
  if (!url) return response({ requestId, path, status: 400, body: null });
  const isOurs = url.pathname === ROOT || url.pathname.startsWith(`${ROOT}/`);
  const answer = isOurs
    ? rest.answerNow({
        method: data === undefined || data === null ? 'GET' : 'POST',
        path: url.pathname.slice(ROOT.length) || '/',
        query: url.searchParams,
        body: data ?? undefined,
      })
    : { status: 404 };
  return response({ requestId, path, status: answer.status, body: 'body' in answer ? answer.body : null });
}

interface Response {
  requestId: unknown;
  path: unknown;
  status: number;
  body: unknown;
}

function response({ requestId, path, status, body }: Response): Frame['event'] {
  return {
    event_type: EVENT_TYPE.response,
    entity: typeof path === 'string' ? path : '',
    attached_data: { RequestID: requestId, Path: path, StatusCode: status, Response: body ?? null },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
