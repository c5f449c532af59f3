import type { Role } from '../../../shared/control-api/rights.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Author } from '../../audit/entry.ts';

/** Who steers the relay, as of the moment it was looked at. */
export interface Operator {
  readonly name: string;
  readonly role: Role;
  readonly via: 'login' | 'operator-token';
  /** The Unix user who says to have sent it, where the operator token was used; nothing proves it. */
  readonly claimedUser: string | null;
  /** Null for the operator token. */
  readonly login: Login | null;
}

export interface Login {
  readonly jti: string;
  readonly userId: string;
  /** Of the user when the login was made. */
  readonly generation: number;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** The guard in front of everything that changes something. */
export function demandAdmin({ name, role }: Operator): void {
  if (role === 'admin') return;
  const detail = `${name} is a viewer, who may look at everything and change nothing. Ask an admin.`;
  throw new AppError('E_FORBIDDEN', { detail });
}

/** How the audit log names an operator. */
export function authorOf({ name, via, claimedUser }: Operator, source: string): Author {
  return { actor: name, via, source, claimedUser };
}
