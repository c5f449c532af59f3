import * as z from 'zod';
import { ROLES } from '../../../shared/control-api/rights.ts';
import { AppError } from '../../../shared/errors.ts';
import { SECRET_BYTES_MAX } from '../key-hasher.ts';

const PASSWORD_CHARS_MIN = 12;
/** The audit log speaks of these as of no user. */
const RESERVED = ['operator', 'setup', 'system', 'unknown'];
const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,31}$/;

const name = z
  .string()
  .regex(
    NAME_PATTERN,
    'a name is 1 to 32 small letters, digits or any of ._- and begins with a letter or digit',
  )
  .refine(text => !RESERVED.includes(text), `${RESERVED.join(', ')} are taken by the relay itself`);
const role = z.enum(ROLES, `one of ${ROLES.join(', ')}`);
/** Length is what counts; rules about kinds of characters only make people write passwords down. */
const password = z
  .string()
  .transform(asTyped)
  .refine(
    text => [...text].length >= PASSWORD_CHARS_MIN,
    `at least ${PASSWORD_CHARS_MIN} characters; a few words in a row are fine`,
  )
  .refine(
    fits,
    `at most ${SECRET_BYTES_MAX} bytes (letters outside a to z take more than one), because bcrypt does not look at what comes after`,
  );

/** The bodies of the control API are the same. */
export const operatorOrderSchema = z.strictObject({ name, role, password });
export const operatorChangeSchema = z
  .strictObject({ role: role.optional(), password: password.optional(), disabled: z.boolean().optional() })
  .refine(change => Object.keys(change).length > 0, 'say what is to be changed: role, password or disabled');
export const setupOrderSchema = z.strictObject({ name, password });
/** What is the old one is only compared, so any text will do. */
export const ownPasswordSchema = z.strictObject({ old: z.string().min(1).max(1024), new: password });

export type OperatorOrder = z.input<typeof operatorOrderSchema>;
export type OperatorChange = z.input<typeof operatorChangeSchema>;
export type OwnPassword = z.input<typeof ownPasswordSchema>;

/** Throws E_BAD_REQUEST that names every field that is wrong; what was typed is not repeated. */
export function checked<Schema extends z.ZodType>(schema: Schema, order: unknown): z.output<Schema> {
  const parsed = schema.safeParse(order);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new AppError('E_BAD_REQUEST', { detail: `This is not possible. ${faults.join('; ')}.` });
}

/** Keyboards send the same letter in different ways. */
export function asTyped(password: string): string {
  return password.normalize('NFC');
}

export function fits(password: string): boolean {
  return Buffer.byteLength(password) <= SECRET_BYTES_MAX;
}
