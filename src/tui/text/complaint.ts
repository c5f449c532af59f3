import { toldOf } from '../../shared/control/cli-error.ts';

/** What went wrong, and what to do next, in one line. */
export function complaintOf(error: unknown): string {
  const told = toldOf(error);
  if (told === null) return error instanceof Error ? error.message : String(error);
  const { message, hint, code } = told;
  if (hint === '') return `${message} (${code})`;
  // Some say in their details all that their title says.
  return hint.startsWith(message) ? `${hint} (${code})` : `${message}: ${hint} (${code})`;
}
