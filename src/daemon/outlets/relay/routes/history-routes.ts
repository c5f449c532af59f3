import type * as z from 'zod';
import { AppError } from '../../../../shared/errors.ts';
import type { HistoryQuery, HistoryRecord } from '../../../core/ports.ts';
import type { Principal } from '../../../guards/principal.ts';
import { type Reply, type RouteCall, route } from '../../http/route.ts';
import { type ExportFormat, openExport } from '../history/history-export.ts';
import { historyParams, historyQueryOf } from '../history/history-params.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import { historyPageSchema, historyRecordSchema } from './schemas.ts';

type Asked = RouteCall<Principal, z.output<typeof historyParams>>;

const EXPORTS: readonly { type: string; format: ExportFormat }[] = [
  { type: 'text/csv', format: 'csv' },
  { type: 'application/x-ndjson', format: 'ndjson' },
];

/** Past calls: by pages, one by one, or a whole range as a stream. */
export function historyRoutes(parts: RelayParts): RelayRoute[] {
  return [
    route({
      method: 'GET',
      path: '/relay/call-history',
      summary: 'Past calls, newest first; Accept: text/csv or application/x-ndjson streams the whole range',
      right: 'read',
      query: historyParams,
      answers: {
        200: { description: 'A page', schema: historyPageSchema, alsoAs: EXPORTS.map(one => one.type) },
      },
      handle: asked => answerHistory(parts, asked),
    }),
    {
      method: 'GET',
      path: '/relay/call-history/:id',
      summary: 'One past call with all its legs',
      right: 'read',
      answers: { 200: { description: 'The call', schema: historyRecordSchema } },
      handle: async ({ params, who }) => {
        const call = await parts.history.one(params['id'] ?? '');
        if (!call || !mayTouch(who, call)) {
          throw new AppError('E_NOT_FOUND', {
            detail: 'No past call has this id; the list of past calls has all ids.',
          });
        }
        return { status: 200, body: call };
      },
    },
  ];
}

async function answerHistory(parts: RelayParts, asked: Asked): Promise<Reply> {
  const query: HistoryQuery = {
    ...historyQueryOf(asked.query, parts.clock.now()),
    ...(asked.who.onlyDns && { onlyDns: [...asked.who.onlyDns] }),
  };
  const accept = asked.request.headers.accept ?? '';
  const wanted = EXPORTS.find(({ type }) => accept.includes(type));
  if (!wanted) return { status: 200, body: await parts.history.page(query) };

  const { response, request, signal, headers } = asked;
  const stream = await openExport({
    records: make => parts.history.stream(query, signal, make),
    format: wanted.format,
    acceptEncoding: request.headers['accept-encoding'],
    signal,
  });
  response.writeHead(200, { ...headers, ...stream.headers });
  await stream.send(response);
  return 'taken';
}

/** Beside its ends, any leg counts: who was rung or transferred to has a part in the call. */
function mayTouch({ onlyDns }: Principal, call: HistoryRecord): boolean {
  if (onlyDns === null) return true;
  const dns = [call, ...(call.legs ?? [])].flatMap(({ from, to, queue }) => [from.dn, to.dn, queue ?? '']);
  return dns.some(dn => onlyDns.has(dn));
}
