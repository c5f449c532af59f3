import * as z from 'zod';
import { PERMISSIONS, ROLES } from './rights.ts';

/** ms since 1970 UTC. */
export const time = z.int().describe('ms since 1970 UTC');
const count = z.int().min(0);

/** What needs no token, so nothing that is worth hiding. `api` rises when something here is taken away. */
export const aboutSchema = z.object({
  pid: z.int(),
  version: z.string(),
  api: z.literal(1),
  startedAt: time,
  relayUrl: z.string().describe('where programs on this machine reach the relay'),
  publicUrl: z.string().nullable().describe('where others do; null where there is no outside'),
});

export const whoamiSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  via: z.enum(['login', 'operator-token']),
  claimedUser: z.string().nullable(),
  /** Null: while the daemon runs. */
  expiresAt: time.nullable(),
});

export const loginBody = z.strictObject({
  name: z.string().min(1).max(64),
  password: z.string().min(1).max(1024),
});
export const openedSchema = z.object({ token: z.string(), expiresAt: time, operator: whoamiSchema });

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  disabledAt: time.nullable(),
  createdAt: time,
  createdBy: z.string(),
  changedAt: time,
  lastLoginAt: time.nullable(),
});
export const usersSchema = z.object({ users: z.array(userSchema) });

const dns = z.array(z.string()).nullable();
export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  permissions: z.array(z.enum(PERMISSIONS)),
  extensions: dns,
  queues: dns,
  networks: dns,
  ratePerMinute: z.int().nullable(),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  lastUsedAt: time.nullable(),
  rotatedFrom: z.string().nullable(),
  isLive: z.boolean(),
});
export const keysSchema = z.object({ keys: z.array(keySchema) });
/** The only place where the key itself stands. */
export const createdKeySchema = z.object({ key: z.string(), record: keySchema });

const OVERLAP_MS_MAX = 30 * 86_400_000;
export const rotateBody = z.strictObject({ overlapMs: z.int().min(0).max(OVERLAP_MS_MAX).optional() });

export const usageQuery = z.object({ since: z.coerce.number().int().min(0).optional() });
export const usageSchema = z.object({
  since: time,
  requests: count,
  refused: count,
  meanMs: z.number(),
  lastAt: time.nullable(),
  routes: z.array(z.object({ route: z.string(), status: z.int(), requests: count, meanMs: z.number() })),
  /** For a chart: equal steps from `since` until now, the newest last. */
  perStep: z.object({ stepMs: z.int(), requests: z.array(count) }),
});

const AUDIT_PAGE_MAX = 1000;
export const auditQuery = z.object({
  actor: z.string().max(128).optional(),
  action: z.string().max(64).optional(),
  since: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(AUDIT_PAGE_MAX).default(100),
  cursor: z.coerce.number().int().min(1).optional(),
});
export const auditRowSchema = z.object({
  id: z.int(),
  time,
  actor: z.string(),
  via: z.string(),
  source: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  outcome: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export const auditPageSchema = z.object({ rows: z.array(auditRowSchema), nextCursor: z.int().nullable() });

export const verifyQuery = z.object({
  count: z.coerce.number().int().min(0).optional(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
const head = z.object({ count, hash: z.string() });
export const verifySchema = z.object({
  sound: head,
  fault: z.object({ row: z.int(), what: z.string(), text: z.string() }).nullable(),
});
