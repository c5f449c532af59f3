import type { WhoTold } from '../control-api/told.ts';
import { AppError } from '../errors.ts';
import type { ControlClient } from './control-client.ts';

export function whoIsIt(client: ControlClient): Promise<WhoTold> {
  return client.get<WhoTold>('/admin/whoami');
}

/** For dry runs, which the daemon does not see: refuses whom the daemon would refuse. */
export async function demandChange(client: ControlClient): Promise<void> {
  const { name, role } = await whoIsIt(client);
  if (role === 'admin') return;
  throw new AppError('E_FORBIDDEN', {
    detail: `${name} is a viewer, who may look at everything and change nothing. Ask an admin.`,
  });
}
