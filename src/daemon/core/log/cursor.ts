import type { GapBody } from '../../../shared/journal-entry.ts';
import type { Journal } from './journal.ts';

/** What a client says it has. */
export interface Cursor {
  /** Raw text of `after`; null when the client wants only what comes from now on. */
  after: string | null;
  epoch: string | null;
}

/** Where to begin for what a client says it has, and what it must be told is missing. */
export function placeOf(
  journal: Journal,
  { after, epoch }: Cursor,
): { position: number; gap: GapBody | null } {
  const { head, oldest } = journal;
  if (after === null) return { position: head, gap: null };
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
