import * as z from 'zod';
import { PERMISSIONS } from '../../shared/control-api/rights.ts';

const time = z.iso.datetime();
const dns = z.array(z.string()).nullable().describe('null: no restriction');

const key = z.strictObject({
  id: z.string(),
  name: z.string().describe('which program it is for'),
  permissions: z.array(z.enum(PERMISSIONS)),
  extensions: dns,
  queues: dns,
  networks: z.array(z.string()).nullable().describe('where it may come from; null: anywhere'),
  ratePerMinute: z.int().nullable().describe('null: KEY_RATE_PER_MINUTE'),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable().describe('null: never'),
  revokedAt: time.nullable(),
  lastUsedAt: time.nullable(),
  rotatedFrom: z.string().nullable().describe('the key it took over from'),
  state: z.enum(['active', 'revoked', 'expired']),
});

const proof = z
  .array(
    z.strictObject({
      what: z.string(),
      result: z.enum(['ok', 'warning', 'fail', 'skipped']),
      found: z.string(),
    }),
  )
  .describe('with --test: what was tried with the key');

const made = key.extend({
  key: z.string().optional().describe('the key itself, told only here; not with --output'),
  keyFile: z.string().optional().describe('with --output: where it was written'),
  proof: proof.optional(),
});

const plan = { dryRun: z.literal(true), wouldChange: z.boolean() };
const planned = key.omit({ id: true }).extend(plan);

export const KEYS_CONTRACTS = {
  'keys-create/1': z.union([made, planned]),
  'keys-list/1': z.strictObject({ keys: z.array(key) }),
  'keys-revoke/1': z.union([key, key.extend(plan)]),
  'keys-rotate/1': z.union([made, planned.extend({ oldKeyEndsAt: time })]),
  'keys-usage/1': z.strictObject({
    since: time,
    keys: z
      .array(
        z.strictObject({
          id: z.string(),
          name: z.string(),
          requests: z.int(),
          refused: z.int(),
          meanMs: z.number(),
          lastAt: time.nullable(),
          routes: z.array(
            z.strictObject({ route: z.string(), status: z.int(), requests: z.int(), meanMs: z.number() }),
          ),
        }),
      )
      .describe('who asked most, first'),
  }),
};
