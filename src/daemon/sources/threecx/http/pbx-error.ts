import { AppError, type ErrorCode } from '../../../../shared/errors.ts';

/** What is wrong between us and the PBX, as far as an answer shows it. */
export type PbxFault =
  | 'credentials'
  | 'token'
  | 'contested'
  | 'forbidden'
  | 'blocked'
  | 'missing'
  | 'refused'
  | 'throttled'
  | 'server'
  | 'timeout'
  | 'unreachable'
  | 'tls'
  | 'redirected'
  | 'notJson'
  | 'tooLarge'
  | 'busy'
  | 'stopped';

const CODES: Record<PbxFault, ErrorCode> = {
  credentials: 'E_UPSTREAM',
  token: 'E_UPSTREAM',
  contested: 'E_UNAVAILABLE',
  forbidden: 'E_REFUSED_BY_PBX',
  blocked: 'E_REFUSED_BY_PBX',
  missing: 'E_NOT_FOUND',
  refused: 'E_REFUSED_BY_PBX',
  throttled: 'E_UNAVAILABLE',
  server: 'E_UPSTREAM',
  timeout: 'E_UPSTREAM_TIMEOUT',
  unreachable: 'E_UNAVAILABLE',
  tls: 'E_UPSTREAM',
  redirected: 'E_UPSTREAM',
  notJson: 'E_UPSTREAM',
  tooLarge: 'E_UPSTREAM',
  busy: 'E_UNAVAILABLE',
  stopped: 'E_UNAVAILABLE',
};

/** A request that the phone system refused or failed. */
export interface UpstreamFault {
  fault: PbxFault;
  method: string;
  path: string;
  detail: string;
}

interface PbxErrorOptions {
  fault: PbxFault;
  detail: string;
  status?: number;
  retryAfterSeconds?: number;
}

/** Keeps no cause: what HTTP libraries throw carries the request, and the request carries the secret. */
export class PbxError extends AppError {
  readonly fault: PbxFault;
  readonly status: number | null;

  constructor({ fault, detail, status, retryAfterSeconds }: PbxErrorOptions) {
    super(CODES[fault], { detail, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
    this.name = 'PbxError';
    this.fault = fault;
    this.status = status ?? null;
  }
}

/** For health and log lines: what went wrong, in words, whatever was thrown. */
export function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  return error instanceof Error ? error.message : 'an unknown error';
}
