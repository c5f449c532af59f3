import * as z from 'zod';
import { EVENT_TYPE, FRAME_BYTES_MAX, participantEntity } from '../callcontrol/frame.ts';
import type { CallControlSocket } from '../callcontrol/socket.ts';
import type { Action } from '../exchange/actions/action.ts';
import type { Gateway } from '../front/gateway.ts';
import type { Tokens } from '../front/tokens.ts';

export interface BreakParts {
  socket: CallControlSocket;
  tokens: Tokens;
  gateway: Gateway;
  perform: (action: Action) => boolean;
}

interface Break<Order extends z.ZodType> {
  does: string;
  order: Order;
  run: (parts: BreakParts, order: z.infer<Order>) => void | Promise<void>;
}

const nothing = z.strictObject({});
const FRAME_LEVELS_MAX = 10_000_000;
/** Codes that a close frame may carry; 1004 to 1006 and 1015 never go over the wire (RFC 6455, 7.4). */
const closeCode = z
  .number()
  .int()
  .refine(
    code =>
      (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999),
    'a frame carries 1000 to 1003, 1007 to 1014 or 3000 to 4999; for a client to see 1006, use cutSockets',
  );

/** Single misdeeds, done once when asked for: `POST /break/<name>`. */
export const BREAKS = {
  cutSockets: define('cut every socket in the middle of a frame (clients see 1006)', nothing, ({ socket }) =>
    socket.cutAllInMidFrame(),
  ),
  closeSockets: define(
    'close every socket with a code',
    z.strictObject({ code: closeCode.default(1001) }),
    ({ socket }, { code }) => socket.closeAll(code),
  ),
  garbageFrame: define('send a frame that is no JSON', nothing, ({ socket }) =>
    socket.inject({ raw: '{"sequence":12,"event":{"event_ty' }),
  ),
  hugeFrame: define(
    'send one valid frame of that many bytes',
    z.strictObject({ bytes: z.number().int().min(100).max(FRAME_BYTES_MAX).default(5_000_000) }),
    ({ socket }, { bytes }) =>
      socket.inject({
        event_type: 0,
        entity: '/callcontrol/101/participants/0',
        attached_data: { dtmf_input: '0'.repeat(bytes) },
      }),
  ),
  deepFrame: define(
    'send one valid frame whose JSON is nested so many levels deep',
    z.strictObject({ levels: z.number().int().min(1).max(FRAME_LEVELS_MAX).default(100_000) }),
    ({ socket }, { levels }) => {
      const nested = '['.repeat(levels) + ']'.repeat(levels);
      socket.inject({
        eventText: `{"event_type":0,"entity":"/callcontrol/101/participants/0","attached_data":${nested}}`,
      });
    },
  ),
  promptFinished: define(
    'report that a prompt at the route point has been played (event type 3)',
    z.strictObject({ dn: z.string().default('relay'), participant: z.number().int().min(1).default(1) }),
    ({ socket }, { dn, participant }) =>
      socket.inject({
        event_type: EVENT_TYPE.promptFinished,
        entity: participantEntity(dn, participant),
        attached_data: null,
      }),
  ),
  unknownEvent: define(
    'send an event of a type nobody has heard of',
    z.strictObject({
      eventType: z.number().int().default(77),
      entity: z.string().default('/callcontrol/101'),
    }),
    ({ socket }, { eventType, entity }) =>
      socket.inject({ event_type: eventType, entity, attached_data: null }),
  ),
  phantomUpsert: define(
    'report a leg that does not exist: the GET answers 404',
    z.strictObject({ dn: z.string().default('101') }),
    ({ socket }, { dn }) =>
      socket.inject({ event_type: 0, entity: `/callcontrol/${dn}/participants/999999`, attached_data: null }),
  ),
  mintToken: define('another program takes a token with our client id', nothing, ({ tokens }) => {
    tokens.mint();
  }),
  revokeTokens: define('every token is void at once', nothing, ({ tokens }) => tokens.revokeAll()),
  restart: define(
    'the PBX services restart: calls are gone without a word, numbers begin anew',
    z.strictObject({
      graceful: z.boolean().default(true),
      downSeconds: z.number().min(0).max(600).default(0),
    }),
    async ({ gateway, perform }, { graceful, downSeconds }) => {
      perform({ do: 'restart', graceful });
      if (downSeconds > 0) await gateway.goDown(downSeconds);
    },
  ),
  goDown: define(
    'the web server refuses connections for so long',
    z.strictObject({ seconds: z.number().min(0.1).max(600).default(10) }),
    ({ gateway }, { seconds }) => gateway.goDown(seconds),
  ),
};

export type BreakName = keyof typeof BREAKS;

export function isBreakName(name: string): name is BreakName {
  return Object.hasOwn(BREAKS, name);
}

/** Throws a ZodError when the order is not one that this break takes. */
export async function runBreak(parts: BreakParts, name: BreakName, order: unknown): Promise<void> {
  const { order: schema, run } = BREAKS[name] as Break<z.ZodType>;
  await run(parts, schema.parse(order ?? {}));
}

function define<Order extends z.ZodType>(does: string, order: Order, run: Break<Order>['run']): Break<Order> {
  return { does, order, run };
}
