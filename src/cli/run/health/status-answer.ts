import { EXIT } from '../../../shared/exit-codes.ts';
import { isoTime } from '../../../shared/telling/time.ts';
import type { Answer } from '../../output/answer.ts';
import { heightOf } from '../../output/screen.ts';
import { conditionData, connectionData, errorData } from './forms.ts';
import type { Status } from './status-view.ts';
import { statusRows, statusText } from './status-view.ts';

/** Room for the prompt that comes after it. */
const PROMPT_LINES = 1;

export function statusAnswer(now: Status): Answer {
  return {
    schema: 'status/1',
    data: statusData(now),
    rows: () => statusRows(now),
    text: style => statusText(now, { style, height: heightOf() - PROMPT_LINES }),
    ...(now.stats.status !== 'healthy' && { exit: EXIT.found }),
  };
}

function statusData({ about, stats, connections, conditions, lastError }: Status): Record<string, unknown> {
  const { status: overall, events, openCalls, clients, journal, diskFreeBytes, memory, loopDelay } = stats;
  return {
    status: overall,
    daemon: {
      version: about.version,
      pid: about.pid,
      startedAt: isoTime(about.startedAt),
      uptimeSeconds: stats.uptimeSeconds,
      rssBytes: memory.rssBytes,
      loopDelayP99Ms: loopDelay.p99Ms,
    },
    connections: connections.map(connectionData),
    conditions: conditions.map(conditionData),
    openCalls,
    events,
    clients,
    journal,
    diskFreeBytes,
    lastError: lastError && errorData(lastError),
  };
}
