import type { Role } from '../../../daemon/guards/operators/operator.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ControlClient } from '../../control/control-client.ts';

/** As `GET /admin/whoami` tells. */
export interface Whoever {
  name: string;
  role: Role;
  via: 'login' | 'operator-token';
  claimedUser: string | null;
  expiresAt: number | null;
}

export function whoIsIt(client: ControlClient): Promise<Whoever> {
  return client.get<Whoever>('/admin/whoami');
}

/** For dry runs, which the daemon does not see: refuses whom the daemon would refuse. */
export async function demandChange(client: ControlClient): Promise<void> {
  const { name, role } = await whoIsIt(client);
  if (role === 'admin') return;
  throw new AppError('E_FORBIDDEN', {
    detail: `${name} is a viewer, who may look at everything and change nothing. Ask an admin.`,
  });
}
