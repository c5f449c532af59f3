import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Journal } from '../core/log/journal.ts';
import type { Clock } from '../core/ports.ts';
import type { ApiKeys } from '../guards/api-keys.ts';
import type { HealthBoard } from '../health/health-board.ts';
import type { RequestLog } from '../health/request-log.ts';
import type { ClientView, Past, Stats } from '../outlets/control/parts.ts';

interface StatsParts {
  clock: Clock;
  board: HealthBoard;
  journal: Journal;
  keys: ApiKeys;
  requests: RequestLog;
  databasePool: () => Stats['databasePool'];
  diskFreeBytes: () => number;
  openCalls: () => number;
  clients: () => readonly ClientView[];
  slowClients: () => number;
}

const SAMPLE_EVERY_MS = 1000;
const MINUTE_SAMPLES = 60;
/** Coarse, because each tick of it wakes the process. */
const LOOP_RESOLUTION_MS = 100;
const LOOP_WINDOW_MS = 10_000;
const NS_PER_MS = 1e6;
/** An hour, in steps of ten seconds. */
const PAST_STEP_MS = 10_000;
const PAST_STEPS = 360;
const REQUESTS_SINCE_MS = 3_600_000;
/** It asks the state file, and watchers ask for it every second. */
const REQUESTS_KEPT_MS = 5000;

/** Figures of the running daemon, a few of which need to be measured all the time. */
export class StatsDesk {
  readonly #parts: StatsParts;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  /** Head of the journal and when it was looked at, the newest last. */
  readonly #heads: { head: number; at: number }[] = [];
  #loopDelay: Stats['loopDelay'] = { windowMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  #loopSince = 0;
  #diskFree: number | null = null;
  #requests: { at: number; rows: Stats['requests']['lastHour'] } | null = null;
  #past: { eventsPerSecond: number[]; openCalls: number[] } = { eventsPerSecond: [], openCalls: [] };
  #step: { head: number; at: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: StatsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop.enable();
    this.#loopSince = this.#parts.clock.elapsed();
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
  }

  current(): Stats {
    const { clock, board, journal, keys, requests, databasePool, openCalls, slowClients } = this.#parts;
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { epoch, bytes, head, oldest, isDurable } = journal;
    const clients = this.#parts.clients();
    return {
      time: clock.now(),
      status: board.status(),
      uptimeSeconds: board.uptimeSeconds(),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal, externalBytes: external },
      loopDelay: this.#loopDelay,
      events: { lastSecond: this.#rate(1), perSecondInLastMinute: this.#rate(MINUTE_SAMPLES) },
      databasePool: databasePool(),
      keyCache: keys.cacheCounts,
      requests: { dropped: requests.dropped, lastHour: this.#requestsByKey() },
      journal: { epoch, bytes, head, oldest, isDurable },
      diskFreeBytes: this.#diskFree,
      openCalls: openCalls(),
      clients: {
        connected: clients.length,
        lagMax: Math.max(0, ...clients.map(({ lag }) => lag)),
        cutAsSlow: slowClients(),
      },
    };
  }

  /** How it was in the last hour. */
  past(): Past {
    return { stepMs: PAST_STEP_MS, ...this.#past };
  }

  #sample(): void {
    const { clock, journal } = this.#parts;
    const at = clock.elapsed();
    this.#remember(at, journal.head);
    this.#heads.push({ head: journal.head, at });
    if (this.#heads.length > MINUTE_SAMPLES + 1) this.#heads.shift();
    if (at - this.#loopSince < LOOP_WINDOW_MS && this.#loopDelay.windowMs > 0) return;
    this.#loopDelay = { windowMs: Math.round(at - this.#loopSince), ...this.#measuredLoop() };
    this.#diskFree = this.#measuredDisk();
    this.#loopSince = at;
    this.#loop.reset();
  }

  #remember(at: number, head: number): void {
    this.#step ??= { at, head };
    const spanMs = at - this.#step.at;
    if (spanMs < PAST_STEP_MS) return;
    const rate = Math.round(((head - this.#step.head) / spanMs) * 10_000) / 10;
    this.#past = {
      eventsPerSecond: [...this.#past.eventsPerSecond, Math.max(0, rate)].slice(-PAST_STEPS),
      openCalls: [...this.#past.openCalls, this.#parts.openCalls()].slice(-PAST_STEPS),
    };
    this.#step = { at, head };
  }

  #measuredLoop(): Omit<Stats['loopDelay'], 'windowMs'> {
    // What is measured is the time between two ticks, of which one interval is no delay.
    const beyond = (ns: number): number =>
      Math.max(0, Math.round((ns / NS_PER_MS - LOOP_RESOLUTION_MS) * 10) / 10);
    const { max } = this.#loop;
    return {
      p50Ms: beyond(this.#loop.percentile(50)),
      p99Ms: beyond(this.#loop.percentile(99)),
      maxMs: beyond(max),
    };
  }

  #measuredDisk(): number | null {
    try {
      return this.#parts.diskFreeBytes();
    } catch {
      return null;
    }
  }

  /** Entries a second over so many samples. */
  #rate(samples: number): number {
    const last = this.#heads.at(-1);
    const first = this.#heads.at(-1 - samples) ?? this.#heads[0];
    if (!first || !last || last.at <= first.at) return 0;
    return Math.round(((last.head - first.head) / (last.at - first.at)) * 10_000) / 10;
  }

  #requestsByKey(): Stats['requests']['lastHour'] {
    const { clock, requests, keys } = this.#parts;
    const elapsed = clock.elapsed();
    if (this.#requests && elapsed - this.#requests.at < REQUESTS_KEPT_MS) return this.#requests.rows;
    const names = new Map(keys.list().map(({ id, name }) => [id, name]));
    const rows = requests
      .perKey(clock.now() - REQUESTS_SINCE_MS)
      .map(row => ({ ...row, name: names.get(row.keyId) ?? '' }));
    this.#requests = { at: elapsed, rows };
    return rows;
  }
}
