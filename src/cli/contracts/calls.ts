import * as z from 'zod';

const time = z.iso.datetime();
const place = {
  seq: z.int().describe('place in the log, rising by one; together with epoch the place to go on'),
  epoch: z.string().describe('the life of the log in which seq means something'),
};

const party = z.object({
  number: z.string().describe('masked without --show-numbers, as are names that are numbers'),
  name: z.string(),
  dn: z.string().describe('extension, queue or trunk'),
  kind: z.string(),
});

const call = z.object({
  id: z.string(),
  source: z.string(),
  sourceCallId: z.string().describe("the phone system's own id, which it uses again after its restart"),
  direction: z.enum(['inbound', 'outbound', 'internal', 'unknown']),
  state: z.enum(['queued', 'ringing', 'connected', 'held', 'parked', 'ended']),
  from: party,
  to: party.nullable().describe('null while it is only being routed'),
  did: z.string().nullable().describe("the company's number that was dialled"),
  queue: z.string().nullable(),
  legs: z.array(z.object({ id: z.string(), dn: z.string(), state: z.string(), since: time })),
  startedAt: time,
  answeredAt: time.nullable(),
  endedAt: time.nullable(),
  endReason: z.string().nullable(),
  mergedInto: z.string().nullable().describe('id of the call this one went on in'),
  facts: z.record(z.string(), z.unknown()),
});

const end = z.object({ number: z.string(), name: z.string(), dn: z.string() });
const leg = z.looseObject({
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
  answered: z.boolean().describe('whether a person answered'),
  endReason: z.string(),
});

export const CALL_CONTRACTS = {
  'listen/1': z.union([
    z.looseObject({
      type: z.enum(['call_event', 'call', 'gap', 'agent', 'link']),
      ...place,
      prev: z.int().describe('seq of the entry before it in the same filter'),
      time: z.int().describe('when it was received, ms since 1970'),
      source: z.string(),
      data: z
        .unknown()
        .describe('of call_event the event of 3CX itself, of call the change and the whole call'),
    }),
    z.object({
      type: z.literal('gap'),
      scope: z.literal('client').describe('missing here only, not in the log itself'),
      reason: z.string(),
      from: z.int().nullable().describe('first seq that cannot be had any more'),
      to: z.int().nullable(),
      detail: z.string(),
      epoch: place.epoch,
    }),
  ]),
  'calls/1': z.object({
    asOf: time.describe('when the picture was last confirmed'),
    stale: z.boolean().describe('true while the phone system cannot be seen'),
    calls: z.array(call),
  }),
  'calls-show/1': z.object({
    call,
    timeline: z
      .array(
        z.object({
          seq: place.seq,
          time,
          change: z.string().describe('call.started, call.ringing and so on'),
          state: z.string(),
          to: party.nullable(),
          queue: z.string().nullable(),
          inferred: z.boolean().describe('not seen happening, but found so afterwards'),
        }),
      )
      .describe('what the log still holds of it'),
  }),
  'history/1': z.object({
    records: z.array(leg).describe('the newest first'),
    hasMore: z.boolean().describe('whether the range has more than --limit'),
    origin: z.string().describe('where the records were read'),
  }),
  'history-show/1': leg.extend({ legs: z.array(leg) }),
};
