import * as z from 'zod';
import { SEVERITIES } from '../conditions/condition-table.ts';
import { time } from './access-schemas.ts';

const count = z.int().min(0);
const severity = z.enum(SEVERITIES);
const limit = z.coerce.number().int().min(1).max(500).default(100);
const before = z.coerce.number().int().min(1).optional();
const state = z.enum(['up', 'degraded', 'down', 'disabled']);
const componentName = z.enum(['database', 'xapi', 'callcontrol', 'agents']);

const componentSchema = z.object({
  component: componentName,
  state,
  rung: z.string().nullable(),
  reason: z.string().nullable(),
  latencyMs: z.number().nullable(),
  nextAttemptAt: z.number().nullable(),
  since: time,
  latenciesMs: z.array(z.number()).readonly(),
  signs: z
    .object({
      isOpen: z.boolean(),
      lastPongAt: z.number().nullable(),
      lastEventAt: z.number().nullable(),
      lastSnapshotAt: z.number().nullable(),
      snapshotAgrees: z.boolean().nullable(),
    })
    .nullable(),
  canReconnect: z.boolean(),
});
const overall = z.enum(['healthy', 'degraded', 'unhealthy']);
export const componentsSchema = z.object({
  status: overall,
  components: z.array(componentSchema),
});

export const changesQuery = z.object({
  component: componentName.optional(),
  since: z.coerce.number().int().min(0).optional(),
  before,
  limit,
});
export const changesSchema = z.object({
  changes: z.array(
    z.object({
      id: z.int(),
      time,
      component: componentName,
      state,
      rung: z.string().nullable(),
      reason: z.string().nullable(),
      latencyMs: z.number().nullable(),
    }),
  ),
});

const condition = z.object({
  code: z.string(),
  severity,
  what: z.string(),
  detail: z.string(),
  cause: z.string(),
  fix: z.string(),
  since: time,
});
export const conditionsQuery = z.object({ before, limit });
export const conditionsSchema = z.object({
  current: z.array(condition),
  /** Only effects of what stands in `current`. */
  hidden: z.array(condition),
  history: z.array(
    z.object({
      id: z.int(),
      code: z.string(),
      severity,
      detail: z.string(),
      raisedAt: time,
      clearedAt: time.nullable(),
    }),
  ),
});

const flag = z.enum(['true', 'false']).transform(text => text === 'true');
export const errorsQuery = z.object({
  component: z.string().max(64).optional(),
  severity: severity.optional(),
  acknowledged: flag.optional(),
  since: z.coerce.number().int().min(0).optional(),
  limit,
  cursor: z.string().max(40).optional(),
});
const errorSchema = z.object({
  id: z.int(),
  code: z.string(),
  place: z.string(),
  component: z.string(),
  severity,
  detail: z.string(),
  count,
  firstSeen: time,
  lastSeen: time,
  acknowledgedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
});
export const errorsSchema = z.object({ errors: z.array(errorSchema), nextCursor: z.string().nullable() });
/** With the id `all`: which ones. */
export const acknowledgeBody = z.strictObject({
  component: z.string().max(64).optional(),
  severity: severity.optional(),
  since: z.int().min(0).optional(),
});
export const acknowledgedSchema = z.object({ acknowledged: count });

export const clientSchema = z.object({
  id: z.string(),
  kind: z.enum(['websocket', 'events']),
  keyId: z.string(),
  keyName: z.string(),
  address: z.string(),
  connectedAt: time,
  /** The seq it was sent last. */
  position: z.int(),
  /** The seq it said it has; event streams cannot say it. */
  acked: z.int(),
  /** Entries it is behind the head. */
  lag: count,
  pendingBytes: count,
  sentBytes: count,
  /** False while it is fed from the journal. */
  isLive: z.boolean(),
});
export const clientsSchema = z.object({ clients: z.array(clientSchema) });

/** The calls of the relay API, with what is asked of all of them. */
export const callsSchema = z.object({
  asOf: z.iso.datetime(),
  stale: z.boolean(),
  calls: z.array(z.looseObject({ id: z.string(), source: z.string(), state: z.string() })),
});

/** What charts begin with: one value a step, the newest last. */
export const pastSchema = z.object({
  stepMs: count,
  eventsPerSecond: z.array(z.number()),
  openCalls: z.array(z.number()),
});

export const statsSchema = z.object({
  time,
  status: overall,
  uptimeSeconds: count,
  memory: z.object({ rssBytes: count, heapUsedBytes: count, heapTotalBytes: count, externalBytes: count }),
  loopDelay: z.object({ windowMs: count, p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }),
  events: z.object({ lastSecond: z.number(), perSecondInLastMinute: z.number() }),
  /** Null while there is no connection. */
  databasePool: z.object({ max: count, open: count, idle: count, waiting: count }).nullable(),
  keyCache: z.object({ hits: count, misses: count, remembered: count }),
  requests: z.object({
    dropped: count,
    lastHour: z.array(z.object({ keyId: z.string(), name: z.string(), requests: count, refused: count })),
  }),
  journal: z.object({
    epoch: z.string(),
    bytes: count,
    head: count,
    oldest: count,
    isDurable: z.boolean(),
  }),
  /** Where the relay keeps its files; null when that cannot be told. */
  diskFreeBytes: count.nullable(),
  openCalls: count,
  clients: z.object({ connected: count, lagMax: count, cutAsSlow: count }),
});
