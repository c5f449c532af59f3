import type { z } from 'zod';
import { AppError } from '../../../../shared/errors.ts';
import { placeOf } from '../../../core/log/feed.ts';
import { type EntryFilter, matches } from '../../../core/log/filter.ts';
import type { Journal } from '../../../core/log/journal.ts';
import type { Principal } from '../../../guards/principal.ts';
import { type RouteCall, route } from '../../http/route.ts';
import { filterFor } from '../gate.ts';
import { startEventStream } from '../streams/event-stream.ts';
import { entryJson, parseEventId } from '../streams/protocol.ts';
import type { StreamRegister } from '../streams/stream-register.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import { eventsPageSchema, eventsQuery, ticketSchema } from './schemas.ts';

type Asked = RouteCall<Principal, z.output<typeof eventsQuery>>;

/** Rows looked at for one page: a rare filter gets a short page and the place to go on from, never a long wait. */
const SCANNED_MAX = 20_000;
const CHUNK = 500;

/** The log by pages and as an event stream, and tickets for those who cannot send headers. */
export function logRoutes(parts: RelayParts, streams: StreamRegister): RelayRoute[] {
  return [
    route({
      method: 'GET',
      path: '/relay/events',
      summary: 'A page of the log; with Accept: text/event-stream the live log',
      right: 'read',
      query: eventsQuery,
      answers: { 200: { description: 'A page', schema: eventsPageSchema, alsoAs: ['text/event-stream'] } },
      handle: asked =>
        wantsStream(asked) ? stream(parts, streams, asked) : { status: 200, body: page(parts, asked) },
    }),
    route({
      method: 'POST',
      path: '/relay/tickets',
      summary: 'A short-lived ticket for /relay/ws and /relay/events, good for one use',
      right: 'read',
      answers: { 201: { description: 'The ticket', schema: ticketSchema } },
      handle: ({ who }) => ({ status: 201, body: parts.gate.ticket(who) }),
    }),
  ];
}

function wantsStream({ request }: Asked): boolean {
  return (request.headers.accept ?? '').includes('text/event-stream');
}

function stream(parts: RelayParts, streams: StreamRegister, asked: Asked): 'taken' {
  const { query, request, response, who } = asked;
  const lastId = request.headers['last-event-id'];
  const given = { after: query.after ?? null, epoch: query.epoch ?? null };
  const cursor = typeof lastId === 'string' && lastId !== '' ? parseEventId(lastId) : given;
  const { journal, hub, clock } = parts;
  const isAdmitted = streams.add(who.keyId, parts.gate.addressOf(request), {
    start: () =>
      startEventStream({ ...{ journal, hub, clock, response, cursor }, filter: filterFor(who, query) }),
    onEnd: ended => response.on('close', ended),
  });
  if (!isAdmitted)
    throw new AppError('E_TOO_MANY_CLIENTS', { detail: 'Too many streams are open; end one first.' });
  return 'taken';
}

function page({ journal }: RelayParts, asked: Asked): unknown {
  const { after, epoch, limit } = asked.query;
  const { position, gap } =
    after === undefined
      ? { position: journal.oldest - 1, gap: null }
      : placeOf(journal, { after, epoch: epoch ?? null });
  const { entries, next } = collect(journal, {
    after: position,
    limit,
    filter: filterFor(asked.who, asked.query),
  });
  return { epoch: journal.epoch, head: journal.head, oldest: journal.oldest, gap, entries, next };
}

interface Wanted {
  after: number;
  limit: number;
  filter: EntryFilter;
}

function collect(journal: Journal, { after, limit, filter }: Wanted): { entries: unknown[]; next: number } {
  const entries: unknown[] = [];
  let next = after;
  let prev = after;
  for (let scanned = 0; scanned < SCANNED_MAX && entries.length < limit; scanned += CHUNK) {
    const rows = journal.read(next, CHUNK);
    if (rows.length === 0) break;
    for (const entry of rows) {
      next = entry.seq;
      if (!matches(filter, entry)) continue;
      entries.push(entryJson(entry, prev));
      prev = entry.seq;
      if (entries.length === limit) break;
    }
  }
  return { entries, next };
}
