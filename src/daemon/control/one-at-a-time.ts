import { AppError } from '../../shared/errors.ts';

/** Refuses to begin while it runs: two at once would be in each other's way. */
export function oneAtATime<Order, Result>(
  what: string,
  work: (order: Order) => Promise<Result>,
): (order: Order) => Promise<Result> {
  let isRunning = false;
  return async order => {
    if (isRunning) {
      throw new AppError('E_CONFLICT', {
        detail: `${what} is under way already. Wait for it, then ask again.`,
      });
    }
    isRunning = true;
    try {
      return await work(order);
    } finally {
      isRunning = false;
    }
  };
}
