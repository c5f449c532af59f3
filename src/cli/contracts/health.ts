import * as z from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime();
const severity = z.enum(['critical', 'error', 'warning', 'info']);
const overall = z
  .enum(['healthy', 'degraded', 'unhealthy'])
  .describe('degraded: something is missing, and events flow; unhealthy: no live source at all');
const state = z.enum(['up', 'degraded', 'down', 'disabled']);
const component = z.enum(['database', 'xapi', 'callcontrol', 'agents']);
const nextBefore = z.int().nullable().describe('for --before, when there may be more; null: no more');
const rung = z.string().nullable().describe('which way it goes, of those there are; null: none');
const reason = z.string().nullable().describe('why it is not up, and why better ways failed');

const connection = z.object({
  component,
  state,
  since: time,
  rung,
  reason,
  latencyMs: z.number().nullable().describe('of the last answer'),
  nextAttemptAt: time.nullable().describe('null: none is planned'),
  canReconnect: z.boolean(),
  signs: z
    .object({
      isOpen: z.boolean(),
      lastPongAt: time.nullable(),
      lastEventAt: time.nullable(),
      lastSnapshotAt: time.nullable(),
      snapshotAgrees: z.boolean().nullable().describe('whether it showed what the events had told'),
    })
    .nullable()
    .describe('whether a live source really delivers; null where there are no such signs'),
});

const condition = z.object({
  code: z.string().describe('stable; all stand in docs/operations.md'),
  severity,
  what: z.string(),
  detail: z.string().describe('what was seen this time'),
  cause: z.string(),
  fix: z.string(),
  since: time,
});

const error = z.object({
  id: z.int(),
  code: z.string(),
  place: z.string(),
  component: z.string().describe('the part it concerns'),
  severity,
  detail: z.string(),
  count,
  firstSeen: time,
  lastSeen: time,
  acknowledgedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
});

const checkState = z.enum(['ok', 'warning', 'critical', 'unknown']);

/** Also what the dashboard tells where there is no screen. */
export const statusContract = z.object({
  status: overall,
  daemon: z.object({
    version: z.string(),
    pid: z.int(),
    startedAt: time,
    uptimeSeconds: count,
    rssBytes: count.describe('memory in use'),
    loopDelayP99Ms: z.number().describe('how late the process is for its own timers'),
  }),
  connections: z.array(connection),
  conditions: z.array(condition).describe('what is wrong now, the worst first'),
  openCalls: count,
  events: z.object({ lastSecond: z.number(), perSecondInLastMinute: z.number() }),
  clients: z.object({
    connected: count,
    lagMax: count.describe('entries that the slowest is behind'),
    cutAsSlow: count.describe('since the start'),
  }),
  journal: z.object({
    epoch: z.string(),
    bytes: count,
    head: count.describe('seq of the newest entry'),
    oldest: count.describe('seq of the oldest entry'),
    isDurable: z.boolean().describe('false: in memory only'),
  }),
  diskFreeBytes: count.nullable().describe('where the relay keeps its files'),
  lastError: error.nullable().describe('the newest that nobody has acknowledged'),
});

export const HEALTH_CONTRACTS = {
  'status/1': statusContract,
  'status-away/1': z
    .object({ why: z.string(), retryAt: time })
    .describe('a line of status --watch --json while the daemon is away'),
  'connections/1': z.object({ status: overall, connections: z.array(connection) }),
  'connections-history/1': z.object({
    changes: z
      .array(
        z.object({
          ...{ id: z.int(), time, component, state, rung, reason },
          latencyMs: z.number().nullable(),
        }),
      )
      .describe('the newest first'),
    nextBefore,
  }),
  'connections-reconnect/1': z.object({
    component,
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
  }),
  'conditions/1': z.object({
    current: z.array(condition).describe('the worst first'),
    hidden: z.array(condition).describe('only effects of what stands in current'),
    history: z
      .array(
        z.object({
          id: z.int(),
          code: z.string(),
          severity,
          detail: z.string(),
          raisedAt: time,
          clearedAt: time.nullable().describe('null: still there'),
        }),
      )
      .describe('the newest first; empty without --history'),
    nextBefore,
  }),
  'errors/1': z.object({
    errors: z.array(error).describe('the last seen first'),
    nextCursor: z.string().nullable().describe('for --cursor; null: no more'),
  }),
  'errors-ack/1': z.object({
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
    acknowledged: count.describe('that were not before; with --dry-run that would be'),
  }),
  'check/1': z.object({
    check: z.string(),
    state: checkState.describe('the worst of all checks'),
    exit: z.int().min(0).max(3).describe('0 ok, 1 warning, 2 critical, 3 unknown'),
    says: z.string(),
    checks: z
      .array(
        z.object({
          name: z.string(),
          state: checkState,
          says: z.string(),
          measures: z.array(
            z.object({
              name: z.string(),
              value: z.number(),
              unit: z.enum(['', 'ms', 'B', 'MB', 'c']).describe('c: a counter, which only rises'),
            }),
          ),
        }),
      )
      .describe('empty when the daemon cannot be asked'),
  }),
  'doctor/1': z.object({
    result: z.enum(['ok', 'warning', 'fail']).describe('the worst of all checks'),
    seenFrom: z.enum(['inside', 'outside']).describe('inside: by the running daemon itself'),
    daemon: z.enum(['running', 'stopped', 'unknown']),
    version: z.string(),
    startedAt: time,
    durationMs: z.number(),
    checks: z.array(
      z.object({
        name: z.string(),
        looksAt: z.string(),
        result: z.enum(['ok', 'warning', 'fail', 'skipped']),
        code: z.string().describe('stable; all stand in docs/doctor.md'),
        evidence: z.array(z.string()),
        cause: z.string().nullable().describe('null unless something is wrong'),
        fix: z.string().nullable(),
        durationMs: z.number(),
      }),
    ),
  }),
};
