import {
  acknowledgeBody,
  acknowledgedSchema,
  errorsQuery,
  errorsSchema,
} from '../../../../shared/control-api/health-schemas.ts';
import { AppError } from '../../../../shared/errors.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';

/** What went wrong and was survived. */
export function errorRoutes({ errors, audit }: ControlParts): ControlRoute[] {
  return [
    control({
      method: 'GET',
      path: '/admin/errors',
      summary: 'Errors, repeats counted',
      right: 'viewer',
      query: errorsQuery,
      answers: { 200: { description: 'Last seen first', schema: errorsSchema } },
      handle: ({ query }) => ({ status: 200, body: errors.list(query) }),
    }),
    control({
      method: 'POST',
      path: '/admin/errors/:id/acknowledge',
      summary:
        'Acknowledges one; with `all` in place of the id those that the body chooses. A repeat is a new one',
      right: 'admin',
      action: 'error.acknowledge',
      body: acknowledgeBody,
      answers: { 200: { description: 'How many were not acknowledged before', schema: acknowledgedSchema } },
      handle: ({ params, body, who }) => {
        const what = chosen(params['id'] ?? '', body);
        // What is not in the file yet must be there before, not within the transaction.
        errors.flush();
        const note = {
          by: byOf(who),
          action: 'error.acknowledge' as const,
          subject: params['id'] ?? '',
          detail: typeof what === 'number' ? {} : { ...what },
        };
        const acknowledged = audit.within(note, () => errors.acknowledge(what, who.name));
        return { status: 200, body: { acknowledged } };
      },
    }),
  ];
}

type Choice = { component?: string; severity?: 'critical' | 'error' | 'warning' | 'info'; since?: number };

function chosen(
  id: string,
  { component, severity, since }: { [Field in keyof Choice]: Choice[Field] | undefined },
): number | Choice {
  const choice: Choice = {
    ...(component !== undefined && { component }),
    ...(severity !== undefined && { severity }),
    ...(since !== undefined && { since }),
  };
  if (id === 'all') return choice;
  if (Object.keys(choice).length > 0) {
    throw new AppError('E_BAD_REQUEST', {
      detail: 'A choice is only possible with `all` in place of the id.',
    });
  }
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id);
  throw new AppError('E_NOT_FOUND', { detail: `There is no error ${id.slice(0, 40)}; ids are numbers.` });
}
