import type { Component } from '../../../daemon/core/ports.ts';
import type { ConditionCode } from '../../../shared/conditions/condition-table.ts';
import type { ConditionTold, ConnectionTold, StatsTold } from '../../../shared/control-api/told.ts';
import { cut } from '../../../shared/telling/cells.ts';
import { spanText } from '../../../shared/telling/time.ts';

/** As exit codes of monitoring plug-ins. */
export const STATES = ['ok', 'warning', 'critical', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** What the daemon told, for all checks. */
export interface Told {
  stats: StatsTold;
  connections: readonly ConnectionTold[];
  /** Also those that are only effects of others. */
  conditions: readonly ConditionTold[];
}

interface Finding {
  state: State;
  says: string;
  measures: Measure[];
}

export interface Measure {
  name: string;
  value: number;
  /** Of Nagios: ms, s, B, c for what only rises, or none. */
  unit: '' | 'ms' | 'B' | 'MB' | 'c';
  /** What the thresholds are held against. */
  isJudged?: true;
  /** A low value is the bad one. */
  isFloor?: true;
}

type Check = (told: Told) => Finding;

const MIB = 2 ** 20;
/** Monitoring systems show one line. */
const REASON_MAX_CHARS = 120;
const STATE_OF_STATUS = { healthy: 'ok', degraded: 'warning', unhealthy: 'critical' } as const;
const STATE_OF_CONNECTION = { up: 'ok', disabled: 'ok', degraded: 'warning', down: 'critical' } as const;
/** Where nobody gets through, nobody sees a certificate. */
const HIDES_CERTIFICATE: readonly ConditionCode[] = ['PBX_UNREACHABLE'];

/** All that can be checked, by name. */
export const CHECKS = {
  status: ({ stats, conditions }) => {
    const overall: Finding = {
      state: STATE_OF_STATUS[stats.status],
      says: `${stats.status}, up ${spanText(stats.uptimeSeconds * 1000)}`,
      measures: [
        { name: 'events_per_second', value: stats.events.perSecondInLastMinute, unit: '' },
        { name: 'open_calls', value: stats.openCalls, unit: '' },
        { name: 'rss', value: stats.memory.rssBytes, unit: 'B' },
      ],
    };
    return withConditions(overall, conditions);
  },
  database: told => connection(told, 'database'),
  xapi: told => connection(told, 'xapi'),
  callcontrol: told => connection(told, 'callcontrol'),
  journal: ({ stats: { journal }, conditions }) => {
    const size = Math.round(journal.bytes / MIB);
    const found: Finding = {
      state: journal.isDurable ? 'ok' : 'critical',
      says: `${journal.head - journal.oldest + 1} entries, ${size} MiB, ${journal.isDurable ? 'on disk' : 'in memory only'}`,
      measures: [
        { name: 'size', value: size, unit: 'MB', isJudged: true },
        { name: 'head', value: journal.head, unit: 'c' },
      ],
    };
    return withConditions(
      found,
      conditions.filter(({ code }) => code.startsWith('JOURNAL_')),
    );
  },
  clients: ({ stats: { clients }, conditions }) => {
    const found: Finding = {
      state: 'ok',
      says: `${clients.connected} connected, the slowest ${clients.lagMax} entries behind`,
      measures: [
        { name: 'lag_max', value: clients.lagMax, unit: '', isJudged: true },
        { name: 'connected', value: clients.connected, unit: '' },
        { name: 'cut_as_slow', value: clients.cutAsSlow, unit: 'c' },
      ],
    };
    return withConditions(found, named(conditions, 'SLOW_CLIENTS'));
  },
  disk: ({ stats: { diskFreeBytes }, conditions }) => {
    const faults = named(conditions, 'DISK_LOW', 'DISK_VERY_LOW', 'STATE_NOT_WRITABLE');
    if (diskFreeBytes === null)
      return withConditions({ state: 'unknown', says: 'nobody can tell what is free', measures: [] }, faults);
    const free = Math.floor(diskFreeBytes / MIB);
    const measures: Measure[] = [{ name: 'free', value: free, unit: 'MB', isJudged: true, isFloor: true }];
    return withConditions({ state: 'ok', says: `${free} MiB free`, measures }, faults);
  },
  certificate: ({ conditions }) => {
    const away = named(conditions, ...HIDES_CERTIFICATE);
    const found: Finding =
      away.length > 0
        ? { state: 'unknown', says: 'the phone system cannot be reached', measures: [] }
        : { state: 'ok', says: 'the certificate of the phone system is accepted', measures: [] };
    return withConditions(found, named(conditions, 'PBX_CERTIFICATE'));
  },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;

export interface Checked extends Finding {
  name: CheckName;
}

function connection({ connections, stats }: Told, name: Component): Finding {
  const one = connections.find(({ component }) => component === name);
  if (!one) return { state: 'unknown', says: 'nothing was told of it yet', measures: [] };
  const { state, reason, latencyMs, since } = one;
  const because = reason === null || state === 'up' ? '' : `: ${cut(reason, REASON_MAX_CHARS)}`;
  const measures: Measure[] =
    latencyMs === null ? [] : [{ name: 'latency', value: Math.round(latencyMs), unit: 'ms', isJudged: true }];
  const says = `${state} for ${spanText(stats.time - since)}${because}`;
  return { state: STATE_OF_CONNECTION[state], says, measures };
}

function named(conditions: readonly ConditionTold[], ...codes: ConditionCode[]): ConditionTold[] {
  return conditions.filter(({ code }) => codes.some(one => one === code));
}

/** What is known to be wrong is told by its code, and makes it as bad as it is. */
function withConditions(found: Finding, conditions: readonly ConditionTold[]): Finding {
  const faults = conditions.filter(({ severity }) => severity !== 'info');
  if (faults.length === 0) return found;
  const isCritical = faults.some(({ severity }) => severity === 'critical');
  const state = worst([found.state, isCritical ? 'critical' : 'warning']);
  return { ...found, state, says: `${faults.map(({ code }) => code).join(', ')}: ${found.says}` };
}

const BADNESS: readonly State[] = ['ok', 'unknown', 'warning', 'critical'];

/** Known to be bad is worse than not known. */
export function worst(states: readonly State[]): State {
  return BADNESS[Math.max(0, ...states.map(state => BADNESS.indexOf(state)))] ?? 'unknown';
}

interface Thresholds {
  warning?: number | undefined;
  critical?: number | undefined;
}

/** Held against the thresholds that were given. */
export function judged(found: Finding, { warning, critical }: Thresholds): Finding {
  const measure = found.measures.find(({ isJudged }) => isJudged);
  if (measure === undefined) return found;
  const isPast = (limit: number | undefined): boolean =>
    limit !== undefined && (measure.isFloor ? measure.value <= limit : measure.value >= limit);
  const state = isPast(critical) ? 'critical' : isPast(warning) ? 'warning' : 'ok';
  return { ...found, state: worst([found.state, state]) };
}
