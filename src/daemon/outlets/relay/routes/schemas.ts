import * as z from 'zod';
import { ENTRY_TYPES } from '../../../../shared/journal-entry.ts';

const time = z.iso.datetime();
const party = z.object({ number: z.string(), name: z.string(), dn: z.string(), kind: z.string() });

const callSchema = z.object({
  id: z.string(),
  source: z.string(),
  sourceCallId: z.string(),
  direction: z.enum(['inbound', 'outbound', 'internal', 'unknown']),
  state: z.enum(['queued', 'ringing', 'connected', 'held', 'parked', 'ended']),
  from: party,
  to: party.nullable(),
  did: z.string().nullable(),
  queue: z.string().nullable(),
  legs: z.array(z.object({ id: z.string(), dn: z.string(), state: z.string(), since: time })),
  startedAt: time,
  answeredAt: time.nullable(),
  endedAt: time.nullable(),
  endReason: z.string().nullable(),
  mergedInto: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** `asOf` is when the picture was last confirmed; `stale` when the phone system cannot be seen at the moment. */
export const activeCallsSchema = z.object({ asOf: time, stale: z.boolean(), calls: z.array(callSchema) });
export const activeCallSchema = z.object({ asOf: time, stale: z.boolean(), call: callSchema });

const entrySchema = z.looseObject({
  type: z.enum(ENTRY_TYPES),
  seq: z.number().int(),
  prev: z.number().int(),
  time: z.number().int(),
  source: z.string(),
  data: z.unknown(),
});

export const eventsPageSchema = z.object({
  epoch: z.string(),
  head: z.number().int(),
  oldest: z.number().int(),
  gap: z.unknown().nullable(),
  entries: z.array(entrySchema),
  /** Give it as `after` to go on; it moves even when nothing matched. */
  next: z.number().int(),
});

const end = z.object({ number: z.string(), name: z.string(), dn: z.string() });

export const historyRecordSchema = z.looseObject({
  id: z.string(),
  callId: z.string(),
  source: z.string(),
  direction: z.enum(['inbound', 'outbound', 'internal', 'unknown']),
  from: end,
  to: end,
  did: z.string().nullable(),
  queue: z.string().nullable(),
  startedAt: time,
  answeredAt: time.nullable(),
  endedAt: time.nullable(),
  durationSeconds: z.number(),
  talkSeconds: z.number(),
  answered: z.boolean(),
  endReason: z.string(),
});

export const historyPageSchema = z.object({
  records: z.array(historyRecordSchema),
  nextCursor: z.string().nullable(),
  origin: z.string(),
});

const AGENT_STRETCHES_MAX = 500;

export const agentHistoryQuery = z.object({
  start: z.iso.datetime({ offset: true }).optional().describe('From when; default: 24 hours before end'),
  end: z.iso.datetime({ offset: true }).optional().describe('Until when; default: now'),
  dn: z.string().min(1).max(64).optional(),
  limit: z.coerce.number().int().min(1).max(AGENT_STRETCHES_MAX).default(AGENT_STRETCHES_MAX),
});

export const agentHistorySchema = z.object({
  stretches: z.array(
    z.object({
      dn: z.string(),
      name: z.string(),
      queueStatus: z.string(),
      profile: z.string(),
      startedAt: time,
      endedAt: time.nullable(),
    }),
  ),
  /** Who told it: a table of the phone system's, or the relay's own history. */
  origin: z.string(),
});

/** Comma-separated lists, as they stand in an address. */
const list = z
  .string()
  .max(4000)
  .transform(text => text.split(',').filter(Boolean));

export const streamQuery = z.object({
  after: z.string().max(40).optional(),
  epoch: z.string().max(64).optional(),
  types: list.pipe(z.array(z.enum(ENTRY_TYPES))).optional(),
  dns: list.optional(),
  sources: list.optional(),
  api_key: z.string().max(200).optional(),
  ticket: z.string().max(200).optional(),
});

const EVENTS_LIMIT_MAX = 500;

export const eventsQuery = streamQuery.omit({ api_key: true }).extend({
  since: z.iso
    .datetime({ offset: true })
    .transform(text => Date.parse(text))
    .optional()
    .describe('Begin with what was received at this time, instead of after; Last-Event-ID goes before it'),
  limit: z.coerce.number().int().min(1).max(EVENTS_LIMIT_MAX).default(100),
});

const number = z.string().regex(/^[+*#0-9A-Za-z._-]{1,64}$/, 'a number or extension');

export const makeCallBody = z.strictObject({ from: number, to: number });
export const targetBody = z.strictObject({ to: number });
export const nothingBody = z.strictObject({});

export const outcomeSchema = z.object({
  accepted: z.boolean(),
  reason: z.string(),
  sourceCallId: z.string().nullable(),
});

export const healthSchema = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  components: z.record(z.string(), z.object({ state: z.string(), since: time })),
  version: z.string(),
  uptime: z.number(),
});

export const meSchema = z.object({
  id: z.string(),
  name: z.string(),
  permissions: z.array(z.string()),
  limits: z.object({ requestsPerMinute: z.number().int(), onlyDns: z.array(z.string()).nullable() }),
  expiresAt: time.nullable(),
});

export const ticketSchema = z.object({ ticket: z.string(), expiresInSeconds: z.number().int() });

export const extensionsSchema = z.object({
  extensions: z.array(
    z.object({
      number: z.string(),
      name: z.string(),
      kind: z.enum(['extension', 'queue', 'group']),
      email: z.string().nullable(),
      isRegistered: z.boolean().nullable(),
    }),
  ),
});

export const agentsSchema = z.object({
  agents: z.array(
    z.object({
      dn: z.string(),
      name: z.string(),
      queueStatus: z.string(),
      profile: z.string(),
      since: z.string(),
    }),
  ),
});
