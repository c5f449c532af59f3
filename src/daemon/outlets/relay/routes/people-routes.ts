import type * as z from 'zod';
import type { Principal } from '../../../guards/principal.ts';
import { type RouteCall, route } from '../../http/route.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import { agentHistoryQuery, agentHistorySchema, agentsSchema, extensionsSchema } from './schemas.ts';

const DAY_MS = 86_400_000;

/** Who there is, and who is in which state. */
export function peopleRoutes(parts: RelayParts): RelayRoute[] {
  return [
    {
      method: 'GET',
      path: '/relay/extensions',
      summary: 'Extensions, queues and groups',
      right: 'read',
      answers: { 200: { description: 'The roster', schema: extensionsSchema } },
      handle: async ({ who }) => {
        const roster = await parts.source.roster();
        return {
          status: 200,
          body: { extensions: roster.filter(one => who.onlyDns?.has(one.number) ?? true) },
        };
      },
    },
    {
      method: 'GET',
      path: '/relay/agents',
      summary: 'Agents and their states',
      right: 'read',
      answers: { 200: { description: 'The agents', schema: agentsSchema } },
      handle: async ({ who }) => {
        const agents = await parts.source.agents();
        return { status: 200, body: { agents: agents.filter(agent => who.onlyDns?.has(agent.dn) ?? true) } };
      },
    },
    route({
      method: 'GET',
      path: '/relay/agents/history',
      summary:
        'The states agents were in, newest first, as the phone system keeps them or the relay saw them',
      right: 'read',
      query: agentHistoryQuery,
      answers: { 200: { description: 'Stretches of time', schema: agentHistorySchema } },
      handle: async ({ query, who }: RouteCall<Principal, z.output<typeof agentHistoryQuery>>) => {
        const end = query.end === undefined ? parts.clock.now() : Date.parse(query.end);
        const start = query.start === undefined ? end - DAY_MS : Date.parse(query.start);
        const { dn, limit } = query;
        const asked = { start, end, dn, limit, onlyDns: who.onlyDns };
        return { status: 200, body: await parts.agentHistory.stretches(asked) };
      },
    }),
  ];
}
