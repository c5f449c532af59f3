import { VERSION } from '../../../../shared/version.ts';
import { BEARER, openApi } from '../../http/openapi.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import { healthSchema, meSchema } from './schemas.ts';

/** Health, description, metrics, and who is who. `allRoutes` is asked late, because it holds these routes too. */
export function serviceRoutes(parts: RelayParts, allRoutes: () => readonly RelayRoute[]): RelayRoute[] {
  return [
    {
      method: 'GET',
      path: '/relay/health',
      summary: 'Whether the relay works; needs no key and tells nothing secret',
      right: 'none',
      answers: {
        200: { description: 'Healthy or degraded', schema: healthSchema },
        503: { description: 'Unhealthy', schema: healthSchema },
      },
      handle: () => {
        const status = parts.health.status();
        const body = {
          status,
          components: parts.health.components(),
          version: VERSION,
          uptime: parts.health.uptimeSeconds(),
        };
        return { status: status === 'unhealthy' ? 503 : 200, body };
      },
    },
    {
      method: 'GET',
      path: '/relay/openapi.json',
      summary: 'This description',
      right: 'none',
      answers: { 200: { description: 'OpenAPI 3.1' } },
      handle: () => ({
        status: 200,
        body: openApi({
          title: '3cx-relay',
          version: VERSION,
          security: { bearer: BEARER, apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
          routes: allRoutes(),
        }),
      }),
    },
    {
      method: 'GET',
      path: '/relay/metrics',
      summary: 'Figures for Prometheus',
      right: 'metrics',
      answers: { 200: { description: 'Prometheus text' } },
      handle: () => ({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        text: parts.metrics(),
      }),
    },
    {
      method: 'GET',
      path: '/relay/me',
      summary: 'What the key is and may do',
      right: 'any',
      answers: { 200: { description: 'The key, never its text', schema: meSchema } },
      handle: ({ who }) => ({
        status: 200,
        body: {
          id: who.keyId,
          name: who.name,
          permissions: who.permissions,
          limits: { requestsPerMinute: who.ratePerMinute, onlyDns: who.onlyDns && [...who.onlyDns] },
          expiresAt: who.expiresAt === null ? null : new Date(who.expiresAt).toISOString(),
        },
      }),
    },
  ];
}
