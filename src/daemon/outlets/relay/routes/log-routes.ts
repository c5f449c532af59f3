import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { AppError } from '../../../../shared/errors.ts';
import type { Encoder } from '../../../core/fanout/batch.ts';
import { type Cursor, placeOf } from '../../../core/log/cursor.ts';
import { type EntryFilter, matches } from '../../../core/log/filter.ts';
import type { Journal } from '../../../core/log/journal.ts';
import type { Principal } from '../../../guards/principal.ts';
import { type RouteCall, route } from '../../http/route.ts';
import { filterFor } from '../gate.ts';
import { EventStream } from '../streams/event-stream.ts';
import { entryJson, eventStreamEncoder, parseEventId } from '../streams/protocol.ts';
import { type StreamRegister, tooManyStreams } from '../streams/stream-register.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import { eventsPageSchema, eventsQuery, streamQuery, ticketSchema } from './schemas.ts';

type Asked = RouteCall<Principal, z.output<typeof eventsQuery>>;

/** Rows looked at for one page: a rare filter gets a short page and the place to go on from, never a long wait. */
const SCANNED_MAX = 20_000;
const CHUNK = 500;

/** The log by pages and as an event stream, and tickets for those who cannot send headers. */
export function logRoutes(parts: RelayParts, streams: StreamRegister): RelayRoute[] {
  return [
    eventsRoute(parts, streams),
    route({
      method: 'GET',
      path: '/relay/ws',
      summary: 'The live log by WebSocket; needs the permission read, by key or ticket',
      right: 'none',
      query: streamQuery,
      answers: { 101: { description: 'The connection is a WebSocket from here on' } },
      handle: noUpgrade,
    }),
    route({
      method: 'POST',
      path: '/relay/tickets',
      summary:
        'A short-lived ticket for /relay/ws and /relay/events, good for one use and for the returns of its event stream',
      right: 'read',
      answers: { 201: { description: 'The ticket', schema: ticketSchema } },
      handle: ({ who }) => ({ status: 201, body: parts.gate.ticket(who) }),
    }),
  ];
}

export function eventsRoute(parts: RelayParts, streams: StreamRegister): RelayRoute {
  const encode = eventStreamEncoder(parts.journal);
  return route({
    method: 'GET',
    path: '/relay/events',
    summary: 'A page of the log; with Accept: text/event-stream the live log',
    right: 'read',
    query: eventsQuery,
    answers: { 200: { description: 'A page', schema: eventsPageSchema, alsoAs: ['text/event-stream'] } },
    handle: asked =>
      wantsStream(asked)
        ? stream({ parts, streams, encode }, asked)
        : { status: 200, body: page(parts, asked) },
  });
}

/** Upgrades never come here: what does has lost its headers on the way. */
function noUpgrade(): never {
  const detail =
    'This address speaks WebSocket only. A proxy in between must use HTTP/1.1 and pass on the headers Upgrade and Connection.';
  throw new AppError('E_BAD_REQUEST', { detail });
}

function wantsStream({ request }: Asked): boolean {
  return (request.headers.accept ?? '').includes('text/event-stream');
}

interface Streaming {
  parts: RelayParts;
  streams: StreamRegister;
  encode: Encoder;
}

function stream({ parts, streams, encode }: Streaming, asked: Asked): 'taken' {
  const { query, request, response, headers, who } = asked;
  const lastId = request.headers['last-event-id'];
  const cursor = typeof lastId === 'string' && lastId !== '' ? parseEventId(lastId) : cursorOf(query);
  const { backlog, hub, clock } = parts;
  const { keyId, name: keyName } = who;
  const address = parts.gate.addressOf(request);
  const connectedAt = clock.now();
  const holder = { id: randomUUID(), kind: 'events', keyId, keyName, address, connectedAt } as const;
  const isAdmitted = streams.add(holder, {
    start: () => {
      const filter = filterFor(who, query);
      const events = new EventStream({
        ...{ backlog, hub, clock, response, headers, encode, filter, cursor },
      });
      events.start();
      return events;
    },
    onEnd: ended => response.on('close', ended),
  });
  if (!isAdmitted) throw tooManyStreams();
  keepTicket(parts, asked);
  return 'taken';
}

/** EventSource comes back by itself, with the address and so the ticket it began with. */
function keepTicket({ gate }: RelayParts, { query: { ticket }, request, response, who }: Asked): void {
  if (ticket === undefined) return;
  const ended = gate.keepTicket(ticket, { client: who, request, end: () => response.destroy() });
  response.on('close', ended);
}

function page({ journal }: RelayParts, asked: Asked): unknown {
  const { limit } = asked.query;
  const cursor = cursorOf(asked.query);
  const isFromOldest = cursor.after === null && cursor.since === null;
  const { position, gap } = isFromOldest
    ? { position: journal.oldest - 1, gap: null }
    : placeOf(journal, cursor);
  const { entries, next } = collect(journal, {
    after: position,
    limit,
    filter: filterFor(asked.who, asked.query),
  });
  return { epoch: journal.epoch, head: journal.head, oldest: journal.oldest, gap, entries, next };
}

function cursorOf({ after, epoch, since }: Asked['query']): Cursor & { since: number | null } {
  if (after !== undefined && since !== undefined)
    throw new AppError('E_BAD_REQUEST', { detail: 'Give after or since: both name where to begin.' });
  return { after: after ?? null, epoch: epoch ?? null, since: since ?? null };
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
