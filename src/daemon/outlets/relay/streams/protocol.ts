import type { GapBody, JournalEntry } from '../../../../shared/journal-entry.ts';
import type { Delivery } from '../../../core/log/hub.ts';

/**
 * One entry as clients get it. The body goes in as the text it was stored as: an upstream event is never parsed
 * and written anew on its way.
 */
export function entryText({ entry, prev }: Delivery): string {
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

export function heartbeatText(head: number): string {
  return `{"type":"heartbeat","head":${head}}`;
}

/** Server-sent events: the id is what `Last-Event-ID` brings back. */
export function sseText(delivery: Delivery, epoch: string): string {
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
