import type { Call } from '../call.ts';
import type { LogEntry } from '../telling/entry-told.ts';
import type {
  AboutTold,
  AuditRowTold,
  ClientTold,
  ConditionTold,
  ConnectionTold,
  ErrorTold,
  KeyTold,
  LogLineTold,
  PastTold,
  StatsTold,
  UserTold,
} from './told.ts';

/** A line of `GET /admin/watch`: the snapshot first, then what has changed, each with the whole object. */
export type WatchLine =
  | Snapshot
  | { type: 'component'; component: ConnectionTold }
  | { type: 'conditions'; conditions: ConditionTold[] }
  | { type: 'call' | 'callEnded'; call: Call }
  | { type: 'client' | 'clientGone'; client: ClientTold }
  | { type: 'key' | 'keyGone'; key: KeyTold }
  | { type: 'user' | 'userGone'; user: UserTold }
  | { type: 'audit'; audit: AuditRowTold }
  | { type: 'error'; error: ErrorTold }
  | { type: 'stats'; stats: StatsTold }
  | { type: 'event'; entry: LogEntry }
  | { type: 'log'; line: LogLineTold }
  | { type: 'skipped'; of: 'events' | 'logs'; count: number }
  | WatchEnd;

/** The last line: why there are no more. */
export interface WatchEnd {
  type: 'end';
  code: string;
  detail: string;
}

export interface Snapshot {
  type: 'snapshot';
  about: AboutTold;
  stats: StatsTold;
  past: PastTold;
  components: ConnectionTold[];
  conditions: ConditionTold[];
  calls: Call[];
  clients: ClientTold[];
  keys: KeyTold[];
  users: UserTold[];
  audit: AuditRowTold[];
  errors: ErrorTold[];
}
