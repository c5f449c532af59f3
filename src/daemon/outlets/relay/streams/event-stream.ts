import type { ServerResponse } from 'node:http';
import { HEARTBEAT_MS } from '../../../../shared/relay-api.ts';
import { type Cursor, Feed } from '../../../core/log/feed.ts';
import type { EntryFilter } from '../../../core/log/filter.ts';
import type { Hub } from '../../../core/log/hub.ts';
import type { Journal } from '../../../core/log/journal.ts';
import type { Clock } from '../../../core/ports.ts';
import { gapText, sseText } from './protocol.ts';

interface EventStreamOptions {
  response: ServerResponse;
  journal: Journal;
  hub: Hub;
  clock: Clock;
  filter: EntryFilter;
  cursor: Cursor;
}

/** Tells EventSource how long to wait before it comes back. */
const RETRY_MS = 3000;

/** One client of server-sent events: the same feed as a WebSocket, in another envelope. Returns how to end it. */
export function startEventStream({
  response,
  journal,
  hub,
  clock,
  filter,
  cursor,
}: EventStreamOptions): () => void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    // Proxies that buffer would hold events back.
    'X-Accel-Buffering': 'no',
  });
  const feed = new Feed({
    ...{ journal, hub, clock, filter, cursor },
    outlet: {
      send: deliveries => {
        response.write(deliveries.map(delivery => sseText(delivery, journal.epoch)).join(''));
      },
      gap: gap => response.write(`event: gap\ndata: ${gapText(gap)}\n\n`),
      pendingBytes: () => response.writableLength,
      cut: () => response.destroy(),
    },
  });
  // The id of a heartbeat moves the cursor of a client whose filter matches nothing for a long time.
  const beat = setInterval(() => {
    if (feed.isLive)
      response.write(
        `id: ${journal.epoch}:${journal.head}\nevent: heartbeat\ndata: {"head":${journal.head}}\n\n`,
      );
  }, HEARTBEAT_MS);
  const end = (): void => {
    clearInterval(beat);
    feed.close();
    response.end();
  };
  response.on('close', end);
  response.write(`retry: ${RETRY_MS}\n\n`);
  feed.start();
  return end;
}
