import type { Call, CallChange } from './call.ts';

/** What stands in the log, in the order clients get it. */
export interface JournalEntry {
  /** Rises by one; never tied to the clock. */
  seq: number;
  /** When we received it, ms since 1970 UTC. */
  time: number;
  type: EntryType;
  source: string;
  /** Extensions and queues it concerns; an entry without any concerns everybody. */
  dns: readonly string[];
  /** The body as JSON text: encoded once, passed on as it is. */
  body: string;
}

/** Entries that were received at the same time may stand in the log in another order: by no more than this. */
export const ENTRY_DISORDER_MS = 1000;

export const ENTRY_TYPES = ['call_event', 'call', 'gap', 'agent', 'link'] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

/** An entry that has no place in the log yet. */
export type Draft = Omit<JournalEntry, 'seq'>;

/** Body of a `call` entry: the change by name, and the whole call as it is now. */
export interface CallBody {
  change: CallChange;
  call: Call;
  /** True when we did not see it happen but found it so afterwards. */
  inferred: boolean;
}

/** Body of a `gap` entry: something is missing here. */
export interface GapBody {
  scope: 'source' | 'client';
  reason: 'upstream' | 'expired' | 'epoch' | 'too_far' | 'slow';
  /** ms since 1970 for a source, seq for a client. */
  from: number | null;
  to: number | null;
  detail: string;
}

/** Body of a `link` entry: a component went up or down. */
export interface LinkBody {
  component: string;
  state: 'up' | 'degraded' | 'down' | 'disabled';
  reason: string | null;
}

/** Body of an `agent` entry. */
export interface AgentBody {
  dn: string;
  name: string;
  queueStatus: string;
  profile: string;
  since: string;
}
