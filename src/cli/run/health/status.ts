import type {
  AboutTold,
  ConditionsTold,
  ConnectionsTold,
  ErrorsTold,
  StatsTold,
} from '../../../shared/control-api/told.ts';
import type { GivenOf } from '../../command.ts';
import type { statusCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { statusAnswer } from './status-answer.ts';

export async function status(given: GivenOf<typeof statusCommand>): Promise<Answer | null> {
  if (given.watch) {
    const { watchStatus } = await import('./status-watch.ts');
    return watchStatus(given);
  }
  const daemon = connect(given);
  const [about, stats, { components }, { current }, { errors }] = await Promise.all([
    daemon.about() as Promise<AboutTold>,
    daemon.get<StatsTold>('/admin/stats'),
    daemon.get<ConnectionsTold>('/admin/connections'),
    daemon.get<ConditionsTold>('/admin/conditions', { limit: 1 }),
    daemon.get<ErrorsTold>('/admin/errors', { acknowledged: false, limit: 1 }),
  ]);
  return statusAnswer({
    ...{ about, stats, connections: components, conditions: current },
    lastError: errors[0] ?? null,
  });
}
