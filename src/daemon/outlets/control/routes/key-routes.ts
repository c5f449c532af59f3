import {
  createdKeySchema,
  keySchema,
  keysSchema,
  rotateBody,
  usageQuery,
  usageSchema,
} from '../../../../shared/control-api/access-schemas.ts';
import { AppError } from '../../../../shared/errors.ts';
import { keyOrderSchema } from '../../../guards/keys/key-order.ts';
import type { ApiKey } from '../../../guards/keys/key-table.ts';
import { failureNoted } from '../deeds.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';

/** Each costs a bcrypt, for which programs with new keys wait as well. */
const KEYS_PER_MINUTE = 60;
const USAGE_MS_DEFAULT = 86_400_000;

/** The keys of programs. Making and ending one is written down in the transaction that does it. */
export function keyRoutes(parts: ControlParts): ControlRoute[] {
  const { keys, audit } = parts;
  const shown = (key: ApiKey) => ({ ...key, isLive: keys.isLive(key) });
  return [
    control({
      method: 'GET',
      path: '/admin/api-keys',
      summary: 'All keys, never their text',
      right: 'viewer',
      answers: { 200: { description: 'The oldest first', schema: keysSchema } },
      handle: () => ({ status: 200, body: { keys: keys.list().map(shown) } }),
    }),
    control({
      method: 'POST',
      path: '/admin/api-keys',
      summary: 'Makes a key',
      right: 'admin',
      action: 'key.create',
      perMinute: KEYS_PER_MINUTE,
      body: keyOrderSchema,
      answers: { 201: { description: 'The key, shown only here', schema: createdKeySchema } },
      handle: async ({ body, who }) => {
        const note = {
          by: byOf(who),
          action: 'key.create' as const,
          detail: { name: body.name, permissions: body.permissions },
        };
        const { key, record } = await failureNoted(audit, note, () =>
          keys.create(body, who.name, id => void audit.note({ ...note, subject: id })),
        );
        return { status: 201, body: { key, record: shown(record) } };
      },
    }),
    control({
      method: 'POST',
      path: '/admin/api-keys/:id/rotate',
      summary: 'Makes a key with the same rights; the old one ends after overlapMs, 24 hours without one',
      right: 'admin',
      action: 'key.rotate',
      perMinute: KEYS_PER_MINUTE,
      body: rotateBody,
      answers: { 201: { description: 'The new key, shown only here', schema: createdKeySchema } },
      handle: async ({ params, body: { overlapMs }, who }) => {
        const id = params['id'] ?? '';
        const note = { by: byOf(who), action: 'key.rotate' as const, subject: id };
        const witness = (next: string): void => void audit.note({ ...note, detail: { next } });
        const { key, record } = await failureNoted(audit, note, () =>
          keys.rotate(id, { createdBy: who.name, witness, ...(overlapMs !== undefined && { overlapMs }) }),
        );
        return { status: 201, body: { key, record: shown(record) } };
      },
    }),
    control({
      method: 'DELETE',
      path: '/admin/api-keys/:id',
      summary: 'Ends a key and its connections now',
      right: 'admin',
      action: 'key.revoke',
      answers: { 200: { description: 'The key as it is now', schema: keySchema } },
      handle: ({ params, who }) => {
        const id = params['id'] ?? '';
        const note = { by: byOf(who), action: 'key.revoke' as const, subject: id };
        return { status: 200, body: shown(audit.within(note, () => keys.revoke(id))) };
      },
    }),
    usageRoute(parts),
  ];
}

function usageRoute({ keys, requests, clock }: ControlParts): ControlRoute {
  return control({
    method: 'GET',
    path: '/admin/api-keys/:id/usage',
    summary: 'What was asked with a key since then; without `since` in the last 24 hours',
    right: 'viewer',
    query: usageQuery,
    answers: { 200: { description: 'Counted by route and status', schema: usageSchema } },
    handle: ({ params, query }) => {
      const id = params['id'] ?? '';
      if (!keys.list().some(key => key.id === id)) {
        throw new AppError('E_NOT_FOUND', {
          detail: `There is no key ${id}; '3cx-relay keys list' shows all.`,
        });
      }
      const since = query.since ?? clock.now() - USAGE_MS_DEFAULT;
      const perStep = requests.course(id, since);
      return { status: 200, body: { since, ...requests.usage(id, since), perStep } };
    },
  });
}
