import * as z from 'zod';
import { ProtocolError, parseJson } from './bounded-json.ts';

/** What the live socket says, before we know what it means. */
export interface Frame {
  sequence: number | null;
  eventType: number;
  entity: string;
  attachedData: unknown;
}

/** 3CX: unknown kinds are passed on untouched and counted. */
export const EVENT_TYPE = { upsert: 0, remove: 1, dtmf: 2, promptFinished: 3, response: 4 } as const;

const ENTITY_MAX = 2048;
const STATUS_MAX = 100;
const DN_MAX = 200;

// Not z.coerce: it makes 0 of null, and a name of "null".
const integer = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);
const dnText = z.union([z.string().min(1).max(DN_MAX), z.number().transform(String)]);
const text = z
  .union([z.string(), z.number().transform(String)])
  .catch('')
  .default('');
const count = integer.nullable().catch(null).default(null);

const frameSchema = z
  .looseObject({ sequence: count, event: z.unknown() })
  .transform(({ sequence, event }) => ({ sequence, event: lowerCased(event) }))
  .pipe(
    z.object({
      sequence: z.number().nullable(),
      event: z.looseObject({
        event_type: integer,
        entity: z.string().max(ENTITY_MAX).nullish(),
        attached_data: z.unknown(),
      }),
    }),
  );

/** 3CX: 18 fields, one more on newer builds; only four are needed to know a leg at all. */
const participantSchema = z.looseObject({
  id: integer,
  status: z.string().max(STATUS_MAX),
  dn: dnText,
  callid: integer,
  legid: count,
  party_caller_id: text,
  party_caller_name: text,
  party_dn: text,
  party_dn_type: text,
  party_did: text,
  device_id: text,
  originated_by_dn: text,
  on_behalf_of_dn: text,
  on_behalf_of_type: text,
});
export type Participant = z.infer<typeof participantSchema>;
const PARTICIPANT_TEXTS = [
  'party_caller_id',
  'party_caller_name',
  'party_dn',
  'party_dn_type',
  'party_did',
  'device_id',
  'originated_by_dn',
  'on_behalf_of_dn',
  'on_behalf_of_type',
];

const dnSchema = z.looseObject({
  dn: dnText,
  type: text,
  devices: z
    .array(z.looseObject({ device_id: text }))
    .catch([])
    .default([]),
  participants: z
    .array(participantSchema)
    .nullish()
    .transform(list => list ?? []),
});
export type DnState = z.infer<typeof dnSchema>;

const activeCallSchema = z.looseObject({
  Id: integer,
  Caller: text,
  Callee: text,
  Status: text,
  EstablishedAt: z.string().nullish().catch(null),
  LastChangeStatus: z.string().nullish().catch(null),
  ServerNow: z.string().nullish().catch(null),
});
export type ActiveCall = z.infer<typeof activeCallSchema>;

const userSchema = z.looseObject({
  Number: dnText,
  FirstName: z.string().nullish().catch(null),
  LastName: z.string().nullish().catch(null),
  EmailAddress: z.string().nullish().catch(null),
  IsRegistered: z.boolean().nullish().catch(null),
  CurrentProfileName: z.string().nullish().catch(null),
  QueueStatus: z.string().nullish().catch(null),
});
export type User = z.infer<typeof userSchema>;

const namedSchema = z.looseObject({
  Number: dnText,
  Name: z.string().nullish().catch(null),
  IsRegistered: z.boolean().nullish().catch(null),
});
export type NamedDn = z.infer<typeof namedSchema>;

const pageSchema = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().nullish() });
export interface Page {
  rows: unknown[];
  hasMore: boolean;
}

const outcomeSchema = z.looseObject({
  finalstatus: z.union([z.string(), z.number()]).nullish().catch(null),
  reason: text,
  reasontext: text,
  result: z.looseObject({ callid: count }).nullish().catch(null),
});
export type ActionOutcome = z.infer<typeof outcomeSchema>;

const devicesSchema = z.array(z.looseObject({ device_id: z.string().min(1) }));

/** Throws a ProtocolError: not JSON, nested too deep, or not the envelope. */
export function parseFrame(frame: string): Frame {
  const raw = parseJson(frame);
  const usual = usualFrame(raw);
  if (usual) return usual;
  const { sequence, event } = check(frameSchema, lowerCased(raw), 'frame');
  return {
    sequence,
    eventType: event.event_type,
    entity: event.entity ?? '',
    attachedData: event.attached_data ?? null,
  };
}

/** What comes all day is told at a glance; only what is odd is looked at field by field. */
function usualFrame(raw: unknown): Frame | null {
  const { sequence, event } = (raw ?? {}) as { sequence?: unknown; event?: Record<string, unknown> | null };
  if (!Number.isInteger(sequence) || typeof event !== 'object' || event === null) return null;
  const { event_type: eventType, entity, attached_data: attachedData = null } = event;
  const isUsual = Number.isInteger(eventType) && typeof entity === 'string' && entity.length <= ENTITY_MAX;
  if (!isUsual) return null;
  return { sequence: sequence as number, eventType: eventType as number, entity, attachedData };
}

/** Null when it is no participant: then it has to be asked for. */
export function attachedParticipant(attachedData: unknown): Participant | null {
  if (attachedData === null) return null;
  if (isUsualParticipant(attachedData)) return attachedData;
  const parsed = participantSchema.safeParse(attachedData);
  return parsed.success ? parsed.data : null;
}

export function parseParticipant(raw: unknown): Participant {
  return isUsualParticipant(raw) ? raw : check(participantSchema, raw, 'participant');
}

function isUsualParticipant(raw: unknown): raw is Participant {
  if (typeof raw !== 'object' || raw === null) return false;
  const fields = raw as Record<string, unknown>;
  const { id, callid, legid, status, dn } = fields;
  return (
    [id, callid, legid].every(Number.isInteger) &&
    typeof status === 'string' &&
    status.length <= STATUS_MAX &&
    typeof dn === 'string' &&
    dn !== '' &&
    dn.length <= DN_MAX &&
    PARTICIPANT_TEXTS.every(name => typeof fields[name] === 'string')
  );
}

/** All or nothing: a list with one row left out would tell that its call is over. */
export function parseDnList(raw: unknown): DnState[] {
  return check(z.array(dnSchema), raw, 'snapshot');
}

export function parsePage(raw: unknown): Page {
  const page = check(pageSchema, raw, 'list');
  return { rows: page.value, hasMore: Boolean(page['@odata.nextLink']) };
}

export function parseActiveCalls(rows: unknown[]): ActiveCall[] {
  return check(z.array(activeCallSchema), rows, 'active_calls');
}

export function parseUsers(rows: unknown[]): User[] {
  return check(z.array(userSchema), rows, 'users');
}

export function parseNamedDns(rows: unknown[]): NamedDn[] {
  return check(z.array(namedSchema), rows, 'numbers');
}

export function parseOutcome(raw: unknown): ActionOutcome {
  return check(outcomeSchema, raw ?? {}, 'outcome');
}

export function parseDevices(raw: unknown): { device_id: string }[] {
  return check(devicesSchema, raw, 'devices');
}

function check<Schema extends z.ZodType>(schema: Schema, raw: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // Where it is wrong, never the value: it may be somebody's number.
  const where = issue ? `${issue.path.join('.') || 'the whole'}: ${issue.code}` : 'unknown';
  throw new ProtocolError(`unknown_${what}`, `Not what a ${what} looks like (${where})`);
}

/** 3CX: the casing of answers to socket requests (event_type 4) is not known, so that of no envelope is relied on. */
function lowerCased(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
}
