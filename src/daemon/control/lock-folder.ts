import { AppError } from '../../shared/errors.ts';
import type { Config } from '../config/config.ts';
import { lockInstance } from '../instance-lock.ts';
import { refuseWhereAnswered } from '../outlets/control/control-socket.ts';

/** Throws E_CONFLICT where another daemon runs, and names it where it answers. Returns how to let go. */
export async function lockFolder({ paths }: Pick<Config, 'paths'>): Promise<() => void> {
  try {
    return lockInstance(paths.lockFile);
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_CONFLICT')
      await refuseWhereAnswered(paths.controlSocket);
    throw error;
  }
}
