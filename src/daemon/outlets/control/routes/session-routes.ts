import * as z from 'zod';
import {
  aboutSchema,
  loginBody,
  openedSchema,
  userSchema,
  whoamiSchema,
} from '../../../../shared/control-api/access-schemas.ts';
import type { Operator } from '../../../guards/operators/operator.ts';
import { ownPasswordSchema, setupOrderSchema } from '../../../guards/operators/operator-order.ts';
import { bearerOf } from '../control-gate.ts';
import { type ControlParts, type ControlRoute, control, SOURCE } from '../parts.ts';

/** Each costs a bcrypt of a quarter of a second. */
const LOGINS_PER_MINUTE = 60;

const setupBody = setupOrderSchema.extend({ token: z.string().min(1).max(200) });

/** Who is there, who asks, and how one shows who one is. */
export function sessionRoutes({ about, operators }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/about',
      summary: 'Which daemon answers here; needs no token',
      right: 'none',
      answers: { 200: { description: 'The daemon', schema: aboutSchema } },
      handle: () => ({ status: 200, body: about() }),
    }),
    control({
      method: 'GET',
      path: '/admin/whoami',
      summary: 'Who the token stands for, and what he may',
      right: 'viewer',
      answers: { 200: { description: 'The operator', schema: whoamiSchema } },
      handle: ({ who }) => ({ status: 200, body: shown(who) }),
    }),
    control({
      method: 'POST',
      path: '/admin/login',
      summary: 'A token for name and password, good for 24 hours',
      right: 'none',
      perMinute: LOGINS_PER_MINUTE,
      body: loginBody,
      answers: { 200: { description: 'The token, shown only here', schema: openedSchema } },
      handle: async ({ body }) => {
        const { token, expiresAt, operator } = await operators.login({ ...body, address: SOURCE });
        return { status: 200, body: { token, expiresAt, operator: shown(operator) } };
      },
    }),
    control({
      method: 'POST',
      path: '/admin/logout',
      summary: 'Ends the login whose token is sent, on all connections',
      right: 'viewer',
      answers: { 204: { description: 'The token is worth nothing any more' } },
      handle: ({ request }) => {
        operators.logout(bearerOf(request), SOURCE);
        return { status: 204, body: undefined };
      },
    }),
    control({
      method: 'POST',
      path: '/admin/password',
      summary: 'A new password for oneself, by the old one; ends all logins of the user',
      right: 'viewer',
      perMinute: LOGINS_PER_MINUTE,
      body: ownPasswordSchema,
      answers: {
        200: { description: 'A new login in place of those that have ended', schema: openedSchema },
      },
      handle: async ({ body, who }) => {
        const { token, expiresAt, operator } = await operators.changeOwnPassword(who, body, SOURCE);
        return { status: 200, body: { token, expiresAt, operator: shown(operator) } };
      },
    }),
    control({
      method: 'POST',
      path: '/admin/setup',
      summary: 'Makes the first admin, with the token in the file setup.token; once',
      right: 'none',
      perMinute: LOGINS_PER_MINUTE,
      body: setupBody,
      answers: { 201: { description: 'The admin', schema: userSchema } },
      handle: async ({ body: { token, ...order } }) => ({
        status: 201,
        body: await operators.redeemSetup(token, order, SOURCE),
      }),
    }),
  ];
}

function shown({ name, role, via, claimedUser, login }: Operator): z.input<typeof whoamiSchema> {
  return { name, role, via, claimedUser, expiresAt: login?.expiresAt ?? null };
}
