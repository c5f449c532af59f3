import {
  changesQuery,
  changesSchema,
  componentsSchema,
  conditionsQuery,
  conditionsSchema,
  statsSchema,
} from '../../../../shared/control-api/health-schemas.ts';
import { doctorSchema } from '../../../../shared/control-api/upkeep-schemas.ts';
import { noted } from '../deeds.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';
import type { LineStreams } from '../streams/line-streams.ts';

const NDJSON = 'application/x-ndjson';

/** How the relay and everything it stands on are. */
export function healthRoutes(parts: ControlParts, streams: LineStreams): ControlRoute[] {
  const { conditions, conditionHistory, doctor, stats } = parts;
  return [
    control({
      method: 'GET',
      path: '/admin/stats',
      summary: 'Figures of the running daemon',
      right: 'viewer',
      answers: { 200: { description: 'As of now', schema: statsSchema } },
      handle: () => ({ status: 200, body: stats() }),
    }),
    control({
      method: 'GET',
      path: '/admin/conditions',
      summary: 'What is wrong now, with cause and fix, and what was wrong before',
      right: 'viewer',
      query: conditionsQuery,
      answers: { 200: { description: 'The worst first; history newest first', schema: conditionsSchema } },
      handle: ({ query: { before, limit } }) => ({
        status: 200,
        body: {
          current: conditions.current(),
          hidden: conditions
            .all()
            .filter(({ isHidden }) => isHidden)
            .map(({ isHidden: _, ...condition }) => condition),
          history: conditionHistory.page({ limit, ...(before !== undefined && { before }) }),
        },
      }),
    }),
    control({
      method: 'GET',
      path: '/admin/doctor',
      summary:
        'All checks, with what the daemon holds itself; takes up to 15 seconds and changes nothing. With Accept: application/x-ndjson each check when it is done, then the whole',
      right: 'viewer',
      answers: {
        200: {
          description: 'Each check with code, cause, fix and evidence',
          schema: doctorSchema,
          alsoAs: [NDJSON],
        },
      },
      handle: async ({ who, request, response, headers }) => {
        if (!(request.headers.accept ?? '').includes(NDJSON)) return { status: 200, body: await doctor() };
        const stream = streams.open({ who, response, headers });
        const report = await doctor(check => stream.say({ type: 'check', check }));
        stream.say({ type: 'report', report });
        stream.finish();
        return 'taken';
      },
    }),
    ...connectionRoutes(parts),
  ];
}

function connectionRoutes({ monitor, status, audit }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/connections',
      summary: 'All connections to the phone system: state, rung, reason, latency, next attempt',
      right: 'viewer',
      answers: { 200: { description: 'By component', schema: componentsSchema } },
      handle: () => ({ status: 200, body: { status: status(), components: monitor.components() } }),
    }),
    control({
      method: 'GET',
      path: '/admin/connections/history',
      summary: 'Changes of state',
      right: 'viewer',
      query: changesQuery,
      answers: { 200: { description: 'The newest first', schema: changesSchema } },
      handle: ({ query: { component, since, before, limit } }) => ({
        status: 200,
        body: {
          changes: monitor.changes({
            limit,
            ...(component !== undefined && { component }),
            ...(since !== undefined && { since }),
            ...(before !== undefined && { before }),
          }),
        },
      }),
    }),
    control({
      method: 'POST',
      path: '/admin/connections/:component/reconnect',
      summary: 'Tries again now: database, xapi or callcontrol',
      right: 'admin',
      action: 'component.reconnect',
      answers: { 202: { description: 'It is being tried; GET /admin/connections tells how it went' } },
      handle: async ({ params, who }) => {
        const component = params['component'] ?? '';
        const note = { by: byOf(who), action: 'component.reconnect' as const, subject: component };
        await noted(audit, note, () => monitor.reconnect(component));
        return { status: 202, body: undefined };
      },
    }),
  ];
}
