import * as z from 'zod';

const time = z.iso.datetime();
const role = z.enum(['admin', 'viewer']);
const plan = { dryRun: z.literal(true), wouldChange: z.boolean() };

const user = z.strictObject({
  id: z.string(),
  name: z.string(),
  role,
  state: z.enum(['active', 'disabled']),
  createdAt: time,
  createdBy: z.string(),
  changedAt: time,
  disabledAt: time.nullable(),
  lastLoginAt: time.nullable(),
});
const generated = { password: z.string().optional().describe('with --generate: told only here') };

const client = z.strictObject({
  id: z.string(),
  kind: z.enum(['websocket', 'events']).describe('events: server-sent events'),
  keyId: z.string(),
  keyName: z.string(),
  address: z.string(),
  connectedAt: time,
  position: z.int().describe('the seq it was sent last'),
  acked: z.int().describe('the seq it said it has'),
  lag: z.int().describe('entries behind the head of the log'),
  pendingBytes: z.int(),
  sentBytes: z.int(),
  isLive: z.boolean().describe('false while it is fed from the journal'),
});

export const ACCESS_CONTRACTS = {
  'login/1': z.strictObject({
    name: z.string(),
    role,
    expiresAt: time,
    file: z.string().describe('where the login is kept'),
  }),
  'logout/1': z.strictObject({
    name: z.string().nullable().describe('null: nobody was logged in'),
    file: z.string(),
  }),
  'whoami/1': z.strictObject({
    name: z.string(),
    role,
    via: z.enum(['login', 'operator-token']),
    claimedUser: z.string().nullable().describe('the Unix user that the audit log will name'),
    expiresAt: time.nullable().describe('null: as long as the daemon runs'),
    file: z.string().describe('what shows who you are'),
  }),
  'users-list/1': z.strictObject({ users: z.array(user) }),
  'users-add/1': z.union([user.extend(generated), z.strictObject({ name: z.string(), role, ...plan })]),
  'users-change/1': z.union([user, user.extend(plan)]),
  'users-password/1': z.union([
    z.strictObject({ name: z.string(), ...generated }),
    z.strictObject({ name: z.string(), ...plan }),
  ]),
  'users-remove/1': z.union([user, user.extend(plan)]),
  'clients/1': z.strictObject({ clients: z.array(client) }),
  'clients-disconnect/1': z.union([z.strictObject({ id: z.string() }), client.extend(plan)]),
  'audit/1': z.strictObject({
    rows: z.array(
      z.strictObject({
        id: z.int(),
        time,
        actor: z.string(),
        via: z.string().describe('by which door'),
        source: z.string(),
        action: z.string(),
        subject: z.string().nullable().describe('what it was done to'),
        outcome: z.string().describe('ok, refused or failed'),
        detail: z.record(z.string(), z.unknown()),
        hash: z.string().describe('over this row and the hash of the one before'),
      }),
    ),
    nextCursor: z.int().nullable().describe('for --cursor; null: there are no more'),
  }),
  'audit-verify/1': z.strictObject({
    sound: z
      .strictObject({ count: z.int(), hash: z.string() })
      .describe('so far all rows are as they were written'),
    fault: z
      .strictObject({ row: z.int(), what: z.string(), text: z.string() })
      .nullable()
      .describe('the first row that is not'),
  }),
};
