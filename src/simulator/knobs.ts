import * as z from 'zod';

const share = z.number().min(0).max(1);
const seconds = z.number().min(0).max(86_400);
const httpStatus = z.number().int().min(400).max(599);

/**
 * Every way in which this 3CX can be set up differently or misbehave. All can be set at the start
 * (`--knob name=value`) and while it runs (`PATCH /knobs` on the control address). Single misdeeds, such as
 * cutting a socket in mid-frame, are breaks, not knobs: see control/breaks.ts.
 */
export const knobsSchema = z.strictObject({
  // Token endpoint
  tokenExpiresInUnit: z.enum(['minutes', 'seconds']).default('minutes'),
  tokenLifetimeSeconds: z.number().int().min(1).max(86_400).default(3600),
  newTokenRevokesOld: z.boolean().default(true).describe('the old token answers 401 at once'),
  newTokenClosesSockets: z.boolean().default(false).describe('a new token also closes open sockets'),
  tokenStatus: httpStatus.nullable().default(null).describe('the token endpoint answers this status only'),

  // Rights and licence
  role: z
    .enum([
      'system_owners',
      'system_admins',
      'group_owners',
      'managers',
      'group_admins',
      'receptionists',
      'users',
    ])
    .default('system_owners')
    .describe('below owner, the history endpoints answer 403; below admin, all of XAPI does'),
  licence: z.enum(['enterprise', 'pro']).default('enterprise').describe('pro: 403 on /callcontrol'),
  licenceActive: z
    .boolean()
    .default(true)
    .describe('what /SystemStatus says of the licence; nothing else changes'),
  callControlEnabled: z.boolean().default(true).describe('the "Call Control API access" box'),
  xapiEnabled: z.boolean().default(true).describe('the "Configuration API access" box'),
  consoleRestricted: z
    .boolean()
    .default(false)
    .describe('our address is not on the allow-list: 403 everywhere'),
  monitored: z
    .union([z.literal('extensions'), z.array(z.string())])
    .default('extensions')
    .describe('the "extensions to monitor" list; an empty one means silence'),

  // HTTP, all addresses but the token's and the control route's
  httpStatus: httpStatus.nullable().default(null).describe('answer this status instead'),
  httpPath: z
    .string()
    .default('/')
    .describe('httpStatus, httpGarbage and httpHang hit only paths that begin so'),
  httpShare: share.default(1).describe('and only this share of the requests, drawn by the seed'),
  httpGarbage: z.boolean().default(false).describe('200 with a body that is no JSON'),
  httpHang: z.boolean().default(false).describe('take the request and never answer'),
  httpDelayMs: z.number().int().min(0).max(120_000).default(0),

  // XAPI
  version: z
    .string()
    .regex(/^[ -~]{1,64}$/, 'a header carries 1 to 64 printable ASCII characters')
    .default('20.0.7.1057')
    .describe('X-3CX-Version'),
  callHistoryView: z
    .enum(['empty', 'old'])
    .default('empty')
    .describe('fresh install, or rows of before Update 6'),
  reportTimeoutSeconds: seconds.nullable().default(null).describe('reports answer 504 after so long'),

  // Call control
  hints: z
    .boolean()
    .default(false)
    .describe('fill on_behalf_of and referred_by, which V20 usually leaves empty'),
  partyDid: z.boolean().default(false).describe('fill party_did on inbound calls, which V20 leaves empty'),
  participantUid: z.boolean().default(false).describe('newer builds: participants carry participant_uid'),
  attachedData: z.boolean().default(false).describe('upserts carry the participant instead of null'),
  joinSurvivor: z
    .enum(['original', 'consult'])
    .default('original')
    .describe('which call id lives on after an attended transfer; unknown for the real system'),
  answerAfterSeconds: seconds
    .default(3)
    .describe('who is called by makecall, transfer or divert answers so late'),
  talkSeconds: seconds.default(60).describe('and hangs up after talking so long'),

  // Call control socket
  socketStatus: httpStatus.nullable().default(null).describe('refuse upgrades with this status'),
  socketZombie: z.boolean().default(false).describe('answers pings but sends no event'),
  socketHalfOpen: z.boolean().default(false).describe('neither reads nor writes, but TCP stays open'),
  socketMissedRemoves: share.default(0).describe('this share of remove events is never sent'),
  socketRepeats: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('each upsert is sent so many more times'),
  socketDelayMs: z.number().int().min(0).max(60_000).default(0).describe('events arrive late, in order'),
  socketIdleSeconds: seconds.nullable().default(null).describe('a silent client is cut off after so long'),

  // Database
  database: z
    .enum(['up', 'gone', 'hanging', 'locked'])
    .default('up')
    .describe('gone: refused; hanging: accepted, never answered; locked: the records table is'),
  databaseDelayMs: z.number().int().min(0).max(60_000).default(0).describe('each answer comes so late'),
  recordDelaySeconds: seconds.default(0).describe('rows appear so long after their leg has ended'),
});

export type Knobs = z.infer<typeof knobsSchema>;

type KnobListener = (knobs: Readonly<Knobs>) => void;

/** The knobs as they stand now; parts read them at each use, or listen where they must act on a change. */
export class KnobBoard {
  #current: Readonly<Knobs>;
  readonly #atStart: Readonly<Knobs>;
  readonly #listeners = new Set<KnobListener>();

  constructor(atStart: z.input<typeof knobsSchema> = {}) {
    this.#atStart = knobsSchema.parse(atStart);
    this.#current = this.#atStart;
  }

  get current(): Readonly<Knobs> {
    return this.#current;
  }

  /** Throws a ZodError that names each knob that does not exist or has a value it cannot take. */
  turn(changes: unknown): Readonly<Knobs> {
    const checked = knobsSchema.partial().parse(changes);
    const given = typeof changes === 'object' && changes !== null ? Object.keys(changes) : [];
    const changed = Object.fromEntries(Object.entries(checked).filter(([name]) => given.includes(name)));
    this.#replace({ ...this.#current, ...changed });
    return this.#current;
  }

  reset(): Readonly<Knobs> {
    this.#replace(this.#atStart);
    return this.#current;
  }

  onTurn(listener: KnobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #replace(knobs: Readonly<Knobs>): void {
    this.#current = knobs;
    for (const listener of this.#listeners) listener(knobs);
  }
}
