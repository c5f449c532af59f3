import * as z from 'zod';
import { ENTRY_TYPES } from './journal-entry.ts';

/** What external clients say and hear over `/relay/ws`; the OpenAPI document is made from the same schemas. */
export const HEARTBEAT_MS = 25_000;
export const MESSAGE_MAX_BYTES = 65_536;

const dnList = z.array(z.string().min(1).max(64)).max(1000);

/** Everything a client may send. Unknown fields are ignored, unknown types are answered with 4400. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    types: z.array(z.enum(ENTRY_TYPES)).optional(),
    dns: dnList.optional(),
    sources: dnList.optional(),
  }),
  z.object({ type: z.literal('ack'), seq: z.number().int().min(0) }),
  z.object({ type: z.literal('ping'), id: z.union([z.string().max(64), z.number()]).optional() }),
]);

export const CLOSE = {
  goingAway: 1001,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  tooSlow: 1013,
  badMessage: 4400,
  keyInvalid: 4401,
  notPermitted: 4403,
  timeout: 4408,
  tooMany: 4429,
} as const;
