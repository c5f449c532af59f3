import type { IncomingMessage } from 'node:http';
import type { Asking, ControlClient } from './control-client.ts';
import { follow, type Heard, piecesOf } from './follow.ts';

/** One event of the live log: an entry, a gap, or the first word. */
export interface LogEvent {
  type: string;
  /** `<epoch>:<seq>`; the place to go on after it. */
  id: string | null;
  /** JSON, as programs get it. */
  text: string;
}

/** A page of the log, with entries as programs get them. */
export interface LogPage {
  epoch: string;
  head: number;
  gap: object | null;
  entries: { type: string; seq: number; time: number; [field: string]: unknown }[];
  next: number;
}

interface FollowedLog {
  filters: NonNullable<Asking['query']>;
  /** Where the first connection begins; all others go on where it was. */
  start: NonNullable<Asking['query']>;
  signal: AbortSignal;
}

const PATH = '/admin/events';
const PAGE_LIMIT = 500;
/** It beats every 25 seconds, but not while somebody catches up. */
const SILENT_MAX_MS = 70_000;

/** The live log, through restarts of the daemon, without a hole that it does not tell. */
export class LiveLog {
  readonly #connect: () => ControlClient;
  readonly #followed: FollowedLog;
  #place: string | null = null;

  constructor(connect: () => ControlClient, followed: FollowedLog) {
    this.#connect = connect;
    this.#followed = followed;
  }

  /** Where it stands, as the log's pages take it. */
  get place(): NonNullable<Asking['query']> {
    if (this.#place === null) return this.#followed.start;
    const [epoch = '', after = ''] = this.#place.split(':');
    return { after, epoch };
  }

  events(): AsyncGenerator<Heard<LogEvent>> {
    const { filters, start, signal } = this.#followed;
    return follow<LogEvent>(this.#connect, {
      path: PATH,
      query: () => (this.#place === null ? { ...filters, ...start } : filters),
      headers: () => ({
        Accept: 'text/event-stream',
        ...(this.#place !== null && { 'Last-Event-ID': this.#place }),
      }),
      read: response => this.#read(response),
      signal,
    });
  }

  async *#read(response: IncomingMessage): AsyncGenerator<LogEvent> {
    for await (const block of piecesOf(response, { endedBy: '\n\n', silentMaxMs: SILENT_MAX_MS })) {
      const event = parsedBlock(block);
      if (event === null) continue;
      yield event;
      // Only now: what was not taken to its end comes again.
      this.#place = event.id ?? this.#place;
    }
  }
}

/** What the log holds from a place up to its head at this moment. */
export async function* pagesOfLog(
  client: ControlClient,
  { filters, start }: Pick<FollowedLog, 'filters' | 'start'>,
): AsyncGenerator<LogPage> {
  let place = start;
  let goal: number | null = null;
  let before = -1;
  for (;;) {
    const page: LogPage = await client.get(PATH, { ...filters, ...place, limit: PAGE_LIMIT });
    yield page;
    goal ??= page.head;
    if (page.next >= goal || page.next === before) return;
    before = page.next;
    place = { after: page.next, epoch: page.epoch };
  }
}

/** Null for what carries nothing, as the hint how long to wait. */
function parsedBlock(block: string): LogEvent | null {
  const fields = new Map(
    block.split('\n').map(line => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const text = fields.get('data');
  if (text === undefined) return null;
  return { type: fields.get('event') ?? '', id: fields.get('id') ?? null, text };
}
