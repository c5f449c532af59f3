import { callsSchema, clientsSchema } from '../../../../shared/control-api/health-schemas.ts';
import { AppError } from '../../../../shared/errors.ts';
import { noted } from '../deeds.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';

/** What is on the line now, and who listens. */
export function callRoutes({ calls, clients, audit }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/calls',
      summary: 'The calls of this moment, of all extensions and queues',
      right: 'viewer',
      answers: { 200: { description: 'As /relay/active-calls tells them', schema: callsSchema } },
      handle: () => ({ status: 200, body: calls() }),
    }),
    control({
      method: 'GET',
      path: '/admin/clients',
      summary: 'Programs connected by WebSocket or event stream, with how far behind they are',
      right: 'viewer',
      answers: { 200: { description: 'The oldest connection first', schema: clientsSchema } },
      handle: () => ({ status: 200, body: { clients: clients.list() } }),
    }),
    control({
      method: 'DELETE',
      path: '/admin/clients/:id',
      summary:
        'Closes a connection, a WebSocket with 1001; the program may come back, as its key still lives',
      right: 'admin',
      action: 'client.close',
      answers: { 204: { description: 'It is being closed' } },
      handle: async ({ params, who }) => {
        const id = params['id'] ?? '';
        await noted(audit, { by: byOf(who), action: 'client.close', subject: id }, () => {
          if (clients.close(id)) return;
          const detail = `There is no client ${id}, or it has gone; GET /admin/clients lists all.`;
          throw new AppError('E_NOT_FOUND', { detail });
        });
        return { status: 204, body: undefined };
      },
    }),
  ];
}
