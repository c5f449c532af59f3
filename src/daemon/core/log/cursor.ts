import { ENTRY_DISORDER_MS, type GapBody } from '../../../shared/journal-entry.ts';
import type { Journal } from './journal.ts';

/** What a client says it has. */
export interface Cursor {
  /** Raw text of `after`; null when the client wants only what comes from now on. */
  after: string | null;
  epoch: string | null;
  /** Instead of `after`: what was received from this time on, in ms since 1970. */
  since?: number | null;
}

/** Where to begin for what a client says it has, and what it must be told is missing. */
export function placeOf(
  journal: Journal,
  { after, epoch, since = null }: Cursor,
): { position: number; gap: GapBody | null } {
  const { head, oldest } = journal;
  if (after === null) return since === null ? { position: head, gap: null } : placeAt(journal, since);
  const seq = /^\d{1,16}$/.test(after) ? Number(after) : Number.NaN;
  const gap = (reason: GapBody['reason'], detail: string): { position: number; gap: GapBody } => ({
    position: oldest - 1,
    gap: {
      scope: 'client',
      reason,
      from: Number.isSafeInteger(seq) ? seq + 1 : null,
      to: oldest - 1,
      detail,
    },
  });
  if (epoch !== null && epoch !== journal.epoch) {
    return gap('epoch', 'The log began anew since then; what stood in the old one cannot be given any more.');
  }
  if (!Number.isSafeInteger(seq) || seq > head) {
    return gap('too_far', `There is no entry with that number; the newest is ${head}.`);
  }
  if (seq < oldest - 1) return gap('expired', 'These entries are older than the log keeps them.');
  return { position: seq, gap: null };
}

const PAGE = 500;
/** More than a busy second holds. */
const PAGES_MAX = 20;

/** Times rise with seq but for a little disorder, and as long as nobody sets the clock back. */
function placeAt(journal: Journal, since: number): { position: number; gap: GapBody | null } {
  const { oldest } = journal;
  const first = firstSince(journal, since);
  const detail = 'The log does not reach back so far any more.';
  const gap: GapBody = { scope: 'client', reason: 'expired', from: null, to: oldest - 1, detail };
  // What is gone may be of this time too.
  return { position: first - 1, gap: first === oldest && oldest > 1 ? gap : null };
}

function firstSince(journal: Journal, since: number): number {
  const timeOf = (seq: number): number => journal.read(seq - 1, 1)[0]?.time ?? Number.POSITIVE_INFINITY;
  let low = journal.oldest;
  let high = journal.head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (timeOf(middle) < since - ENTRY_DISORDER_MS) low = middle + 1;
    else high = middle;
  }
  let after = low - 1;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const entries = journal.read(after, PAGE);
    const found = entries.find(({ time }) => time >= since);
    if (found !== undefined) return found.seq;
    if (entries.length === 0) return journal.head + 1;
    after = entries.at(-1)?.seq ?? after;
  }
  // The clock was set back there: too much is better than too little.
  return low;
}
