import { AppError } from '../../shared/errors.ts';

/** Puts what SQLite or the file system says into words that tell what to do; what it does not know it leaves. */
export function asAppError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof AppError) return error;
  if (['EACCES', 'EPERM', 'EROFS', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM'].includes(code)) {
    const detail = `${path} cannot be written (${code}). Run this as root or as the service's user, or set RELAY_HOME to a folder of your own.`;
    return new AppError('E_FORBIDDEN', { detail, cause: error });
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    const detail = `There is no space left for ${path} (${code}). Free some and try again; what is written already is safe.`;
    return new AppError('E_UNAVAILABLE', { detail, cause: error });
  }
  if (code.startsWith('SQLITE_BUSY')) {
    const detail = `${path} is being written by another program. Try again in a moment.`;
    return new AppError('E_UNAVAILABLE', { detail, retryAfterSeconds: 1, cause: error });
  }
  if (isDamage(error)) {
    const detail = `${path} is damaged (${code}). Restore a backup: '3cx-relay restore <folder>' with the daemon stopped. Without one, move the file aside to begin with an empty one; what was in it is lost.`;
    return new AppError('E_INTERNAL', { detail, cause: error });
  }
  return error;
}

/** True when the file itself is damaged, so that only a backup or a fresh file helps. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return isDamageCode(codeOf(cause));
}

export function isDamageCode(code: string): boolean {
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
