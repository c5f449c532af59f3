import type * as z from 'zod';
import { RUNNING_CONTRACTS } from './running.ts';

/**
 * What `--json` promises, by the schema's name: fields are added, never renamed or taken away. Only tests and the script
 * that writes docs/cli-json.md load it.
 */
export const CONTRACTS: Record<string, z.ZodType> = { ...RUNNING_CONTRACTS };
