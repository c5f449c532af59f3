import { userSchema, usersSchema } from '../../../../shared/control-api/access-schemas.ts';
import { operatorChangeSchema, operatorOrderSchema } from '../../../guards/operators/operator-order.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';

/** Each may cost a bcrypt of a quarter of a second. */
const CHANGES_PER_MINUTE = 60;

/** The operators' accounts. `Operators` writes down itself what is done. */
export function userRoutes({ operators }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/users',
      summary: 'All operators',
      right: 'viewer',
      answers: { 200: { description: 'By name', schema: usersSchema } },
      handle: () => ({ status: 200, body: { users: operators.list() } }),
    }),
    control({
      method: 'POST',
      path: '/admin/users',
      summary: 'Makes an operator',
      right: 'admin',
      action: 'user.create',
      perMinute: CHANGES_PER_MINUTE,
      body: operatorOrderSchema,
      answers: { 201: { description: 'The operator', schema: userSchema } },
      handle: async ({ body, who }) => ({ status: 201, body: await operators.create(body, byOf(who)) }),
    }),
    control({
      method: 'PATCH',
      path: '/admin/users/:id',
      summary: 'Changes role or password, disables or enables; ends all logins of the operator',
      right: 'admin',
      action: 'user.change',
      perMinute: CHANGES_PER_MINUTE,
      body: operatorChangeSchema,
      answers: { 200: { description: 'The operator as he is now', schema: userSchema } },
      handle: async ({ params, body, who }) => ({
        status: 200,
        body: await operators.change(params['id'] ?? '', body, byOf(who)),
      }),
    }),
    control({
      method: 'DELETE',
      path: '/admin/users/:id',
      summary: 'Removes an operator; the last admin stays',
      right: 'admin',
      action: 'user.remove',
      answers: { 200: { description: 'Who was removed', schema: userSchema } },
      handle: ({ params, who }) => ({ status: 200, body: operators.remove(params['id'] ?? '', byOf(who)) }),
    }),
  ];
}
