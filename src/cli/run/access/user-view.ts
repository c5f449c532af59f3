import type { ControlClient } from '../../../shared/control/control-client.ts';
import type { UserTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { isoTime, timeCell } from '../../../shared/telling/time.ts';
import type { Cell } from '../../output/answer.ts';

export const USER_COLUMNS = ['ID', 'NAME', 'ROLE', 'STATE', 'LAST LOGIN', 'MADE BY'];

export async function allUsers(client: ControlClient): Promise<UserTold[]> {
  return (await client.get<{ users: UserTold[] }>('/admin/users')).users;
}

/** By name or id. No name is like an id of another: names come first, as people type them. */
export function findUser(users: readonly UserTold[], wanted: string): UserTold {
  const user = users.find(({ name }) => name === wanted) ?? users.find(({ id }) => id === wanted);
  if (user !== undefined) return user;
  throw new AppError('E_NOT_FOUND', {
    detail: `There is no user ${wanted}; '3cx-relay users list' shows all.`,
  });
}

export function pathOf({ id }: UserTold): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}

export function rowOf(user: UserTold): Cell[] {
  const { id, name, role, lastLoginAt, createdBy } = user;
  return [id, name, role, stateOf(user), timeCell(lastLoginAt), createdBy];
}

/** As in `--json`: times as RFC 3339. */
export function forScripts(user: UserTold): Record<string, unknown> {
  const { id, name, role, createdAt, createdBy, changedAt, disabledAt, lastLoginAt } = user;
  return {
    ...{ id, name, role, state: stateOf(user), createdAt: isoTime(createdAt), createdBy },
    changedAt: isoTime(changedAt),
    disabledAt: isoTime(disabledAt),
    lastLoginAt: isoTime(lastLoginAt),
  };
}

function stateOf({ disabledAt }: UserTold): 'active' | 'disabled' {
  return disabledAt === null ? 'active' : 'disabled';
}
