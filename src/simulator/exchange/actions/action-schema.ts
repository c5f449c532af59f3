import * as z from 'zod';
import type { Action } from './action.ts';

const name = z.string().min(1).max(200);

/** Actions that come from outside, checked before they reach the exchange. */
export const actionSchema: z.ZodType<Action> = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('dialIn'),
    call: name,
    from: name,
    name: z.string().exactOptional(),
    did: name,
  }),
  z.strictObject({ do: z.literal('dial'), call: name, by: name, to: name }),
  z.strictObject({
    do: z.literal('route'),
    call: name,
    to: name,
    because: z.enum(['forward_all', 'user_requested']).exactOptional(),
  }),
  z.strictObject({ do: z.literal('fork'), call: name, to: name }),
  z.strictObject({ do: z.literal('poll'), call: name, dns: z.array(name).min(1).max(1000) }),
  z.strictObject({
    do: z.literal('giveUp'),
    call: name,
    dn: name,
    because: z.enum(['no_answer', 'busy', 'declined', 'not_registered']),
  }),
  z.strictObject({ do: z.literal('answer'), call: name, dn: name.exactOptional() }),
  z.strictObject({ do: z.literal('pickup'), call: name, by: name }),
  z.strictObject({ do: z.literal('transfer'), call: name, by: name, to: name }),
  z.strictObject({
    do: z.literal('join'),
    call: name,
    with: name,
    by: name,
    survivor: z.enum(['original', 'consult']).exactOptional(),
  }),
  z.strictObject({ do: z.literal('hangUp'), call: name, by: name }),
  z.strictObject({ do: z.literal('press'), call: name, digits: name }),
  z.strictObject({ do: z.literal('repeat'), call: name, dn: name }),
  z.strictObject({ do: z.literal('restart'), graceful: z.boolean().exactOptional() }),
]);
