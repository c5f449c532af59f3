import type { ConditionCode } from '../../../../shared/conditions/condition-table.ts';
import { PbxError, type PbxFault } from './pbx-error.ts';
import { TLS_CODES, UNREACHABLE } from './transport.ts';

/** What a fault means whatever was asked for; the others depend on that. */
const CONDITIONS: Partial<Record<PbxFault, ConditionCode>> = {
  unreachable: 'PBX_UNREACHABLE',
  tls: 'PBX_CERTIFICATE',
  redirected: 'PBX_WRONG_ADDRESS',
  notJson: 'PBX_WRONG_ADDRESS',
  blocked: 'PBX_BLOCKS_US',
  credentials: 'XAPI_TOKEN_REFUSED',
  contested: 'TOKEN_CONTESTED',
  throttled: 'PBX_THROTTLES',
};

/** By name what an operator is to be told of a fault; `otherwise` where it tells only that this thing failed. */
export function conditionOfFault(error: unknown, otherwise: ConditionCode): ConditionCode {
  if (error instanceof PbxError) return CONDITIONS[error.fault] ?? otherwise;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (TLS_CODES.test(code)) return 'PBX_CERTIFICATE';
  return UNREACHABLE.test(code) ? 'PBX_UNREACHABLE' : otherwise;
}
