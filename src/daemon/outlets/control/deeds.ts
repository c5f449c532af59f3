import type { AuditLog } from '../../audit/audit-log.ts';
import { type AuditNote, outcomeOf } from '../../audit/entry.ts';

/** Does what is no change of the state file, and writes down how it ended. */
export async function noted<Result>(
  audit: AuditLog,
  note: AuditNote,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const result = await failureNoted(audit, note, work);
  audit.note(note);
  return result;
}

/** For what writes itself down when it succeeds, in the same transaction. */
export async function failureNoted<Result>(
  audit: AuditLog,
  note: AuditNote,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    try {
      audit.note({ ...note, outcome: outcomeOf(error) });
    } catch {
      // Most likely it failed because nothing can be written, which the error itself tells.
    }
    throw error;
  }
}
