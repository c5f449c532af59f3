import { AppError } from '../../../../../shared/errors.ts';

const BUSY_SECONDS = 5;
const AWAY_SECONDS = 10;
const TEXT_MAX_CHARS = 160;

/** Why a login or a question failed, for operators. PostgreSQL's own texts name users and tables, never a password. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const known = code === null ? undefined : REASONS[code];
  if (known) return known;
  const text = error instanceof Error ? error.message : String(error);
  if (/timeout|timed out/i.test(text)) return 'the server does not answer in time';
  if (/password must be a/.test(text)) return 'the server asks for a password and none is known';
  const brief = text.replace(/\s+/g, ' ').slice(0, TEXT_MAX_CHARS);
  return code === null ? brief : `${brief} (${code})`;
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use the socket',
  ENOTFOUND: 'the host name is unknown',
  EHOSTUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  ECONNRESET: 'the server cut the connection',
  '28P01': 'the password is wrong',
  '28000':
    'the server does not let this user in from here (pg_hba.conf, or peer login as another system user)',
  '3D000': 'there is no such database',
  '42501': 'this user may not read it; grant it SELECT',
  '53300': 'the server has no connection left',
  '55P03': 'the table is locked; the PBX may be at maintenance',
  '57014': 'the question took too long',
  '57P01': 'the server is shutting down',
  '57P03': 'the server is starting or shutting down',
};

/** Of a reason as told above: somebody said no, nobody answered, or there was nothing to try. */
export function kindOfReason(reason: string): 'refused' | 'silent' | 'absent' {
  if (reason === REASONS['ENOENT']) return 'absent';
  if (['28P01', '28000', '3D000', '42501', 'EACCES'].some(code => REASONS[code] === reason)) return 'refused';
  if (/asks for a password/.test(reason)) return 'refused';
  return Object.values(REASONS).includes(reason) || /in time$|\([A-Z0-9]{5,}\)$/.test(reason)
    ? 'silent'
    : 'absent';
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Says that there is no socket at all, so no server was ever meant to be there. */
export function isNothingThere(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Says that nobody there would answer another login either. */
export function isServerFault(error: unknown): boolean {
  const code = codeOf(error);
  return code === null ? /timeout/i.test(String(error)) : /^(E[A-Z]+|57P03)$/.test(code);
}

/** Says that the connection or the server is at fault, not the question. */
export function isConnectionFault(error: unknown): boolean {
  const code = codeOf(error);
  if (code === null)
    return (
      error instanceof Error &&
      /terminated|timeout|not queryable|no connection|calling end/i.test(error.message)
    );
  return /^(08|57P|28|3D)/.test(code) || /^E[A-Z]+$/.test(code);
}

/** Says that the tables are no longer as we saw them: a restored backup, an update, a revoked right. */
export function isLayoutFault(error: unknown): boolean {
  return ['42P01', '42703', '42501', '42883', '3F000'].includes(codeOf(error) ?? '');
}

/** What is told to whoever asked for history. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (code === '57014') {
    const detail = "The PBX's database took too long. Ask for a shorter time range.";
    return new AppError('E_UPSTREAM_TIMEOUT', { detail, cause: error });
  }
  if (code === '55P03' || code === '53300' || isConnectionFault(error) || isLayoutFault(error)) {
    const detail = `Call history is not available: ${reason}. 3cx-relay doctor shows what to do.`;
    const retryAfterSeconds = code === '55P03' || code === '53300' ? BUSY_SECONDS : AWAY_SECONDS;
    return new AppError('E_UNAVAILABLE', { detail, retryAfterSeconds, cause: error });
  }
  return new AppError('E_UPSTREAM', {
    detail: `The PBX's database refused the question (${code ?? 'no code'}). The log has more.`,
    cause: error,
  });
}
