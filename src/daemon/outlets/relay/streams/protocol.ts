import type { GapBody, JournalEntry } from '../../../../shared/journal-entry.ts';
import type { Delivery, Encoder } from '../../../core/fanout/batch.ts';
import type { Journal } from '../../../core/log/journal.ts';
import { EMPTY_PING, FrameWriter, textFrame } from './frames.ts';

/**
 * One entry as clients get it. The body goes in as the text it was stored as: an upstream event is never parsed
 * and written anew on its way.
 */
function entryText({ entry, prev }: Delivery): string {
  const { seq, time, type, source, body } = entry;
  const lead = `{"type":"${type}","seq":${seq},"prev":${prev},"time":${time},"source":${JSON.stringify(source)}`;
  // Gaps tell scope and reason at the top, as the ones do that concern a single client.
  return type === 'gap' ? `${lead},${body.slice(1, -1)},"data":${body}}` : `${lead},"data":${body}}`;
}

export function gapText(gap: GapBody): string {
  return JSON.stringify({ type: 'gap', ...gap });
}

interface Hello {
  epoch: string;
  head: number;
  oldest: number;
  durable: boolean;
  heartbeatMs: number;
  maxMessageBytes: number;
  serverTime: number;
  session: string;
}

export function helloText(hello: Hello): string {
  return JSON.stringify({ type: 'hello', v: 1, ...hello });
}

let lastBeat = { head: -1, bytes: EMPTY_PING };

/** A heartbeat and a ping in one write. On a quiet night all clients are sent the same. */
export function beatBytes(head: number): Buffer {
  if (lastBeat.head !== head) {
    const heartbeat = textFrame(`{"type":"heartbeat","head":${head}}`);
    lastBeat = { head, bytes: Buffer.concat([heartbeat, EMPTY_PING]) };
  }
  return lastBeat.bytes;
}

/** All frames of a batch in one buffer: each client of a group costs one write, whatever a turn brought. */
export const webSocketBytes: Encoder = deliveries => {
  const frames = new FrameWriter();
  for (const delivery of deliveries) frames.add(entryText(delivery));
  return frames.bytes();
};

/** Server-sent events: the id is what `Last-Event-ID` brings back. Made once, so that all streams share what it makes. */
export function eventStreamEncoder(journal: Journal): Encoder {
  return deliveries => Buffer.from(deliveries.map(delivery => sseText(delivery, journal.epoch)).join(''));
}

function sseText(delivery: Delivery, epoch: string): string {
  // An upstream event may hold line breaks between its tokens, which would end the field; in JSON they mean nothing.
  const text = entryText(delivery).replaceAll(/[\r\n]+/g, ' ');
  return `id: ${epoch}:${delivery.entry.seq}\nevent: ${delivery.entry.type}\ndata: ${text}\n\n`;
}

export function parseEventId(id: string): { epoch: string | null; after: string } {
  const colon = id.lastIndexOf(':');
  return colon < 0 ? { epoch: null, after: id } : { epoch: id.slice(0, colon), after: id.slice(colon + 1) };
}

/** An entry of a page, as an object. */
export function entryJson(entry: JournalEntry, prev: number): unknown {
  return JSON.parse(entryText({ entry, prev }));
}
