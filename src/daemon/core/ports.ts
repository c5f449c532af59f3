import type { ConditionCode } from '../../shared/conditions/condition-table.ts';
import type { AgentBody, Draft, LinkBody } from '../../shared/journal-entry.ts';
import type { CallFact } from './call-fact.ts';

/** Time as parts see it; tests step it. */
export interface Clock {
  /** ms since 1970 UTC, for stamping. May jump. */
  now(): number;
  /** ms that only rise, for waiting and measuring. */
  elapsed(): number;
}

/** Anything that runs from start to stop. Constructors only keep what they were given. */
export interface Service {
  start(signal: AbortSignal): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** The one door into the log. What is handed over within one turn of the loop becomes one transaction. */
export interface EventSink {
  /** An upstream event, untouched, or a gap, link or agent entry. */
  append(draft: Draft): void;
  /** What was learned about calls; changes that follow become `call` entries. */
  learn(fact: CallFact): void;
}

/** Until when a source surely heard all there was. */
export interface Heard {
  /** ms since 1970 UTC. */
  until: number;
  /** True while it hears nothing, so that nothing that came into the log later makes it longer. */
  isBlind: boolean;
}

/** The state of one component, as `status` and the dashboard show it. */
export interface ComponentHealth {
  component: Component;
  state: LinkBody['state'];
  /** Which rung of the ladder it stands on, e.g. "cdroutput by ini"; null while none holds. */
  rung: string | null;
  /** Why it is not up, and why the rungs above failed. */
  reason: string | null;
  latencyMs: number | null;
  /** ms since 1970; null when no attempt is planned. */
  nextAttemptAt: number | null;
  /** What is wrong with it, by name. What is not named again is over. */
  conditions?: readonly ConditionCode[];
}

export type Component = 'database' | 'xapi' | 'callcontrol' | 'agents';

/** Where parts tell how they are. Telling the same again is cheap and changes nothing. */
export interface HealthReporter {
  report(health: ComponentHealth): void;
  /** Something unexpected that is survived: counted by code and place, shown once. */
  incident(incident: { code: string; place: string; detail: string }): void;
}

/** Where a part that is no component tells what is wrong. Saying the same again is cheap. */
export interface ConditionReporter {
  raise(code: ConditionCode, detail: string): void;
  clear(code: ConditionCode): void;
}

/** What shows whether a live source really delivers; all in ms since 1970, null for never. */
export interface LiveSigns {
  isOpen: boolean;
  lastPongAt: number | null;
  lastEventAt: number | null;
  lastSnapshotAt: number | null;
  /** Whether the last snapshot showed what the events had told; null before the first. */
  snapshotAgrees: boolean | null;
}

/** A PBX or provider we take events from and send commands to. */
export interface Source extends Service {
  readonly name: string;
  /** Try again now instead of at the next planned attempt. */
  reconnect(component: Component): void;
  /** Extensions, queues and groups by number. */
  roster(): Promise<RosterEntry[]>;
  agents(): Promise<AgentBody[]>;
  commands: CallCommands | null;
}

export interface RosterEntry {
  number: string;
  name: string;
  kind: 'extension' | 'queue' | 'group';
  email: string | null;
  isRegistered: boolean | null;
}

/** What the PBX really answered to a command. */
export interface CommandOutcome {
  accepted: boolean;
  /** The PBX's own words. */
  reason: string;
  sourceCallId: string | null;
}

/** Requests to change something at the PBX. They change nothing here: the PBX's own events do. Throw AppErrors. */
export interface CallCommands {
  makeCall(order: { from: string; to: string }): Promise<CommandOutcome>;
  drop(call: CallHandle): Promise<CommandOutcome>;
  answer(call: CallHandle): Promise<CommandOutcome>;
  divert(call: CallHandle, to: string): Promise<CommandOutcome>;
  transfer(call: CallHandle, to: string): Promise<CommandOutcome>;
}

/** A call as its source knows it, with the legs we see. */
export interface CallHandle {
  sourceCallId: string;
  legs: { id: string; dn: string; state: string }[];
}

/** Past calls, from whichever rung holds. */
export interface HistorySource {
  page(query: HistoryQuery): Promise<HistoryPage>;
  /**
   * The whole range, in batches, in constant memory; ends when the signal does. Each record is made into what is wanted
   * of it as it comes in, so that nothing else of it has to be kept until its batch is taken.
   */
  stream<Made>(
    query: HistoryQuery,
    signal: AbortSignal,
    make: (record: HistoryRecord) => Made,
  ): AsyncIterable<Made[]>;
  one(id: string): Promise<HistoryRecord | null>;
}

export interface HistoryQuery {
  /** ms since 1970 UTC; start inclusive, end exclusive. */
  start: number;
  end: number;
  number?: string;
  extension?: string;
  queue?: string;
  direction?: 'inbound' | 'outbound' | 'internal';
  answered?: boolean;
  group: 'calls' | 'legs';
  limit: number;
  cursor?: string;
  /** A key's own restrictions: only calls that touch one of these. */
  onlyDns?: readonly string[];
}

export interface HistoryPage {
  records: HistoryRecord[];
  /** Null at the end. */
  nextCursor: string | null;
  /** Which rung answered. */
  origin: string;
}

/** One call, or one of its legs, as it was. */
export interface HistoryRecord {
  id: string;
  callId: string;
  source: string;
  direction: 'inbound' | 'outbound' | 'internal' | 'unknown';
  from: { number: string; name: string; dn: string };
  to: { number: string; name: string; dn: string };
  did: string | null;
  queue: string | null;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  durationSeconds: number;
  talkSeconds: number;
  answered: boolean;
  endReason: string;
  legs?: HistoryRecord[];
}

/** The states agents were in, from whichever rung holds. */
export interface AgentHistory {
  stretches(query: AgentStretchQuery): Promise<AgentHistoryPage>;
}

export interface AgentHistoryPage {
  /** Newest first. */
  stretches: AgentStretch[];
  /** Which rung answered. */
  origin: string;
}

export interface AgentStretchQuery {
  start: number;
  end: number;
  dn?: string | undefined;
  limit: number;
  onlyDns: ReadonlySet<string> | null;
}

export interface AgentStretch {
  dn: string;
  name: string;
  queueStatus: string;
  profile: string;
  startedAt: string;
  /** Null: still so. */
  endedAt: string | null;
}
