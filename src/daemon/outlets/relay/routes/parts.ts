import type { CallBook } from '../../../core/calls/call-book.ts';
import type { Backlog } from '../../../core/fanout/backlog.ts';
import type { Hub } from '../../../core/fanout/hub.ts';
import type { Journal } from '../../../core/log/journal.ts';
import type { AgentHistory, Clock, HistorySource, Source } from '../../../core/ports.ts';
import type { Principal } from '../../../guards/principal.ts';
import type { Route } from '../../http/route.ts';
import type { Gate } from '../gate.ts';

/** What the relay's routes stand on. */
export interface RelayParts {
  journal: Journal;
  hub: Hub;
  backlog: Backlog;
  book: CallBook;
  clock: Clock;
  source: Source;
  history: HistorySource;
  agentHistory: AgentHistory;
  health: HealthView;
  gate: Gate;
  metrics: () => string;
}

/** How things stand, for those who may not know more. */
export interface HealthView {
  status(): 'healthy' | 'degraded' | 'unhealthy';
  components(): Record<string, { state: string; since: string }>;
  /** When the picture of the calls was last confirmed, and whether it can be trusted now. */
  calls(): { asOf: string; stale: boolean };
  uptimeSeconds(): number;
}

export type RelayRoute = Route<Principal>;
