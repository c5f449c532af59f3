import * as z from 'zod';
import { PERMISSIONS } from '../../../shared/control-api/rights.ts';
import { AppError } from '../../../shared/errors.ts';
import { parseNetwork } from '../networks.ts';

const NAME_CHARS_MAX = 64;
const LIST_MAX = 1000;
const NETWORKS_MAX = 100;
const RATE_PER_MINUTE_MAX = 1_000_000;

/** DNs go into comma-separated columns, so they hold no comma. */
const dns = z
  .array(
    z
      .string()
      .regex(/^[\w*#+.-]{1,32}$/, 'an extension or queue is 1 to 32 letters, digits or any of *#+.-_'),
  )
  .min(1, 'leave it out for no restriction')
  .max(LIST_MAX)
  .nullable()
  .default(null);

/** What somebody asks for who wants a key; the control API's body is the same. */
export const keyOrderSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'a name is needed, so that people know whose key it is')
    .max(NAME_CHARS_MAX)
    .regex(/^[^\p{Cc}]*$/u, 'a name holds no control characters'),
  permissions: z
    .array(z.string())
    .pipe(z.array(z.enum(PERMISSIONS, `one of ${PERMISSIONS.join(', ')}`)))
    .refine(some => some.length > 0, `at least one of ${PERMISSIONS.join(', ')}`)
    .transform(some => PERMISSIONS.filter(permission => some.includes(permission))),
  extensions: dns,
  queues: dns,
  networks: z
    .array(
      z
        .string()
        .refine(
          text => parseNetwork(text) !== null,
          'a network is like 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32',
        ),
    )
    .min(1, 'leave it out for no restriction')
    .max(NETWORKS_MAX)
    .nullable()
    .default(null),
  ratePerMinute: z.int().min(1).max(RATE_PER_MINUTE_MAX).nullable().default(null),
  /** ms since 1970; null: never. */
  expiresAt: z.int().positive().nullable().default(null),
});

export type KeyOrder = z.input<typeof keyOrderSchema>;
export type CheckedOrder = z.output<typeof keyOrderSchema>;

/** Throws E_BAD_REQUEST that names every field that is wrong. */
export function checkOrder(order: unknown, now: number): CheckedOrder {
  const parsed = keyOrderSchema.safeParse(order);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'order'}: ${message}`);
    throw new AppError('E_BAD_REQUEST', { detail: `The key cannot be made. ${faults.join('; ')}.` });
  }
  if (parsed.data.expiresAt !== null && parsed.data.expiresAt <= now) {
    throw new AppError('E_BAD_REQUEST', { detail: 'The key cannot be made. expiresAt: lies in the past.' });
  }
  return parsed.data;
}
