import type * as z from 'zod';
import { ACCESS_CONTRACTS } from './access.ts';
import { CALL_CONTRACTS } from './calls.ts';
import { HEALTH_CONTRACTS } from './health.ts';
import { HOST_CONTRACTS } from './host.ts';
import { KEYS_CONTRACTS } from './keys.ts';
import { RUNNING_CONTRACTS } from './running.ts';
import { UPKEEP_CONTRACTS } from './upkeep.ts';

/**
 * What `--json` promises, by the schema's name: fields are added, never renamed or taken away. Only tests and the script
 * that writes docs/cli-json.md load it.
 */
export const CONTRACTS: Record<string, z.ZodType> = {
  ...HEALTH_CONTRACTS,
  ...CALL_CONTRACTS,
  ...KEYS_CONTRACTS,
  ...ACCESS_CONTRACTS,
  ...RUNNING_CONTRACTS,
  ...UPKEEP_CONTRACTS,
  ...HOST_CONTRACTS,
};
