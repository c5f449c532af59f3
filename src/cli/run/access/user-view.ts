import type { Role } from '../../../daemon/guards/operators/operator.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ControlClient } from '../../control/control-client.ts';
import type { Cell } from '../../output/answer.ts';
import { isoTime, localTime } from '../../output/time.ts';

/** As the daemon tells of a user. */
export interface User {
  id: string;
  name: string;
  role: Role;
  disabledAt: number | null;
  createdAt: number;
  createdBy: string;
  changedAt: number;
  lastLoginAt: number | null;
}

export const USER_COLUMNS = ['ID', 'NAME', 'ROLE', 'STATE', 'LAST LOGIN', 'MADE BY'];

export async function allUsers(client: ControlClient): Promise<User[]> {
  return (await client.get<{ users: User[] }>('/admin/users')).users;
}

/** By name or id. No name is like an id of another: names come first, as people type them. */
export function findUser(users: readonly User[], wanted: string): User {
  const user = users.find(({ name }) => name === wanted) ?? users.find(({ id }) => id === wanted);
  if (user !== undefined) return user;
  throw new AppError('E_NOT_FOUND', {
    detail: `There is no user ${wanted}; '3cx-relay users list' shows all.`,
  });
}

export function pathOf({ id }: User): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}

export function rowOf(user: User): Cell[] {
  const { id, name, role, lastLoginAt, createdBy } = user;
  return [id, name, role, stateOf(user), localTime(lastLoginAt) ?? 'never', createdBy];
}

/** As in `--json`: times as RFC 3339. */
export function forScripts(user: User): Record<string, unknown> {
  const { id, name, role, createdAt, createdBy, changedAt, disabledAt, lastLoginAt } = user;
  return {
    ...{ id, name, role, state: stateOf(user), createdAt: isoTime(createdAt), createdBy },
    changedAt: isoTime(changedAt),
    disabledAt: isoTime(disabledAt),
    lastLoginAt: isoTime(lastLoginAt),
  };
}

function stateOf({ disabledAt }: User): 'active' | 'disabled' {
  return disabledAt === null ? 'active' : 'disabled';
}
