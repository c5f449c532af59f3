import type * as z from 'zod';
import {
  auditPageSchema,
  auditQuery,
  type auditRowSchema,
  verifyQuery,
  verifySchema,
} from '../../../../shared/control-api/access-schemas.ts';
import { AppError } from '../../../../shared/errors.ts';
import type { AuditRow } from '../../../audit/entry.ts';
import { type ControlParts, type ControlRoute, control } from '../parts.ts';

/** What was done, and whether the log of it is as it was written. */
export function auditRoutes({ audit }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/audit',
      summary: 'The audit log; `action=login` gives all that begin so',
      right: 'viewer',
      query: auditQuery,
      answers: { 200: { description: 'The newest first', schema: auditPageSchema } },
      handle: ({ query: { actor, action, since, limit, cursor } }) => {
        const page = audit.page({
          limit,
          ...(actor !== undefined && { actor }),
          ...(action !== undefined && { action }),
          ...(since !== undefined && { since }),
          ...(cursor !== undefined && { cursor }),
        });
        return { status: 200, body: { rows: page.rows.map(shownRow), nextCursor: page.cursor } };
      },
    }),
    control({
      method: 'GET',
      path: '/admin/audit/verify',
      summary:
        'Follows the chain; with `count` and `hash` of a head that was written down elsewhere, against that',
      right: 'viewer',
      query: verifyQuery,
      answers: {
        200: { description: 'How far all is right, and the first row that is not', schema: verifySchema },
      },
      handle: async ({ query: { count, hash } }) => {
        if ((count === undefined) !== (hash === undefined)) {
          throw new AppError('E_BAD_REQUEST', { detail: 'count and hash belong together.' });
        }
        const against = count === undefined || hash === undefined ? null : { count, hash };
        return { status: 200, body: await audit.verify({ against }) };
      },
    }),
  ];
}

export function shownRow({ prevHash: _, detail, ...row }: AuditRow): z.input<typeof auditRowSchema> {
  return { ...row, detail: JSON.parse(detail) };
}
