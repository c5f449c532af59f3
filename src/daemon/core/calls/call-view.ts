import type { Call } from '../../../shared/call.ts';
import type { CallBook } from './call-book.ts';

const texts = new WeakMap<Call, string>();

/** A call is never changed, another takes its place: so each is put into JSON once, for the log and for all who ask. */
export function callText(call: Call): string {
  let text = texts.get(call);
  if (text === undefined) {
    text = JSON.stringify(call);
    texts.set(call, text);
  }
  return text;
}

/** The open calls a client may see, as they stand. */
export function visibleCalls(book: CallBook, onlyDns: ReadonlySet<string> | null): Call[] {
  return book.open().filter(call => onlyDns === null || dnsOfCall(call).some(dn => onlyDns.has(dn)));
}

export function dnsOfCall({ from, to, queue, legs }: Call): string[] {
  const dns = [from.dn, to?.dn ?? '', queue ?? '', ...legs.map(leg => leg.dn)];
  return [...new Set(dns.filter(dn => dn !== ''))];
}
