import type { JournalEntry } from '../../../shared/journal-entry.ts';

/** What a client wants, and what its key lets it have. Null means all. */
export interface EntryFilter {
  types: ReadonlySet<string> | null;
  dns: ReadonlySet<string> | null;
  sources: ReadonlySet<string> | null;
  /** Restriction of the key: only entries that touch one of these. */
  onlyDns: ReadonlySet<string> | null;
}

export const EVERYTHING: EntryFilter = { types: null, dns: null, sources: null, onlyDns: null };

/** Gaps concern everybody: a client that does not want them would not know that it misses something. */
export function matches(filter: EntryFilter, entry: JournalEntry): boolean {
  if (entry.type === 'gap') return true;
  if (filter.types && !filter.types.has(entry.type)) return false;
  if (filter.sources && !filter.sources.has(entry.source)) return false;
  return touches(filter.dns, entry.dns) && touches(filter.onlyDns, entry.dns);
}

/** Equal for equal filters, so that their clients can share one encoding. */
export function filterKey(filter: EntryFilter): string {
  const part = (set: ReadonlySet<string> | null): string =>
    set === null ? '*' : [...set].toSorted().join(',');
  return [filter.types, filter.dns, filter.sources, filter.onlyDns].map(part).join('|');
}

/** An entry that names no DN concerns everybody, for example a link that went down. */
function touches(wanted: ReadonlySet<string> | null, dns: readonly string[]): boolean {
  return wanted === null || dns.length === 0 || dns.some(dn => wanted.has(dn));
}
