import { toldOf } from '../../shared/control/cli-error.ts';

/** What went wrong, and what to do next, in one line. */
export function complaintOf(error: unknown): string {
  const told = toldOf(error);
  if (told === null) return error instanceof Error ? error.message : String(error);
  return told.hint === '' ? `${told.message} (${told.code})` : `${told.message}: ${told.hint} (${told.code})`;
}
