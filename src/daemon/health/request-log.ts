import type { Database } from 'better-sqlite3';
import type { Clock } from '../core/ports.ts';
import { lazyTransaction } from '../store/lazy-transaction.ts';
import type { Conditions } from './conditions.ts';

interface RequestLogOptions {
  database: Database;
  clock: Clock;
  conditions: Pick<Conditions, 'raise' | 'clear' | 'isRaised'>;
}

/** A request that was answered. */
interface DoneRequest {
  /** Empty for whom no key was found. */
  keyId: string;
  /** The pattern, never the path. */
  route: string;
  status: number;
  ms: number;
}

interface Counter extends Omit<DoneRequest, 'ms'> {
  minute: number;
  requests: number;
  durationMs: number;
}

interface KeyUsage {
  requests: number;
  /** Answered with 400 or more. */
  refused: number;
  meanMs: number;
  /** ms since 1970, to the minute; null when there was none. */
  lastAt: number | null;
  routes: { route: string; status: number; requests: number; meanMs: number }[];
}

const MINUTE_MS = 60_000;
const FLUSH_AFTER_MS = 250;
const COURSE_STEPS = 24;
/** So many different ones are written at once. */
const FLUSH_ROWS = 500;
/** While the file does not take them. Beyond, the oldest are dropped and counted. */
const COUNTERS_MAX = 10_000;
const RETRY_MS = 5000;
const WRITER = 'requests';

/** Who asked what how often: counted in memory on the request's path, written in batches beside it. Owns its table. */
export class RequestLog {
  readonly #options: RequestLogOptions;
  readonly #counters = new Map<string, Counter>();
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.flush();
    clearTimeout(this.#timer);
  }

  /** Requests that no row tells of: the disk was full, or the file was not writable for long. */
  get dropped(): number {
    return this.#dropped;
  }

  note({ keyId, route, status, ms }: DoneRequest): void {
    const { clock, conditions } = this.#options;
    if (conditions.isRaised('DISK_VERY_LOW')) {
      this.#dropped += 1;
      return;
    }
    const minute = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
    const id = `${minute} ${keyId} ${status} ${route}`;
    const counter = this.#counters.get(id);
    if (counter) {
      counter.requests += 1;
      counter.durationMs += ms;
      return;
    }
    this.#counters.set(id, { minute, keyId, route, status, requests: 1, durationMs: ms });
    if (this.#counters.size > COUNTERS_MAX) this.#dropOldest();
    this.#plan(this.#counters.size % FLUSH_ROWS === 0 ? 0 : FLUSH_AFTER_MS);
  }

  /** What a key did since then, to the minute. */
  usage(keyId: string, since: number): KeyUsage {
    this.flush();
    const from = Math.floor(since / MINUTE_MS) * MINUTE_MS;
    const rows = this.#options.database
      .prepare(
        `SELECT route, status, sum(requests) AS requests, sum(duration_ms) AS durationMs, max(minute) AS lastAt
         FROM api_requests WHERE key_id = ? AND minute >= ? GROUP BY route, status ORDER BY 3 DESC, route, status`,
      )
      .all(keyId, from) as UsageRow[];
    const sum = (of: (row: UsageRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    const requests = sum(row => row.requests);
    return {
      requests,
      refused: sum(row => (row.status >= 400 ? row.requests : 0)),
      meanMs: mean(
        sum(row => row.durationMs),
        requests,
      ),
      lastAt: rows.length === 0 ? null : Math.max(...rows.map(row => row.lastAt)),
      routes: rows.map(row => ({
        ...{ route: row.route, status: row.status, requests: row.requests },
        meanMs: mean(row.durationMs, row.requests),
      })),
    };
  }

  /** How it went from then until now, in equal steps. */
  course(keyId: string, since: number): { stepMs: number; requests: number[] } {
    this.flush();
    const spanMs = Math.max(MINUTE_MS, this.#options.clock.now() - since);
    const stepMs = Math.max(MINUTE_MS, Math.ceil(spanMs / COURSE_STEPS));
    const rows = this.#options.database
      .prepare(
        'SELECT minute, sum(requests) AS requests FROM api_requests WHERE key_id = ? AND minute >= ? GROUP BY 1',
      )
      .all(keyId, Math.floor(since / MINUTE_MS) * MINUTE_MS) as { minute: number; requests: number }[];
    const requests = new Array<number>(Math.ceil(spanMs / stepMs)).fill(0);
    for (const { minute, requests: count } of rows) {
      const step = Math.max(0, Math.min(requests.length - 1, Math.floor((minute - since) / stepMs)));
      requests[step] = (requests[step] ?? 0) + count;
    }
    return { stepMs, requests };
  }

  /** Of every key that asked anything since then, to the minute; the busiest first. */
  perKey(since: number): { keyId: string; requests: number; refused: number }[] {
    this.flush();
    return this.#options.database
      .prepare(
        `SELECT key_id AS keyId, sum(requests) AS requests, sum(iif(status >= 400, requests, 0)) AS refused
         FROM api_requests WHERE minute >= ? GROUP BY key_id ORDER BY 2 DESC, key_id`,
      )
      .all(Math.floor(since / MINUTE_MS) * MINUTE_MS) as {
      keyId: string;
      requests: number;
      refused: number;
    }[];
  }

  flush(): void {
    const { database, conditions } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#counters.size === 0) return;
    try {
      const put = database.prepare(
        `INSERT INTO api_requests (minute, key_id, route, status, requests, duration_ms)
         VALUES (@minute, @keyId, @route, @status, @requests, @durationMs)
         ON CONFLICT (minute, key_id, route, status) DO UPDATE
         SET requests = requests + excluded.requests, duration_ms = duration_ms + excluded.duration_ms`,
      );
      lazyTransaction(database, () => {
        for (const one of this.#counters.values())
          put.run({ ...one, durationMs: Math.round(one.durationMs) });
      });
      this.#counters.clear();
      conditions.clear('STATE_NOT_WRITABLE', WRITER);
    } catch (error) {
      conditions.raise('STATE_NOT_WRITABLE', `api_requests: ${String(error)}`, WRITER);
      this.#plan(RETRY_MS);
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#counters;
    if (!oldest) return;
    const [id, { requests }] = oldest;
    this.#counters.delete(id);
    this.#dropped += requests;
  }

  /** Not on the request's path: the earliest is after this turn of the loop. */
  #plan(ms: number): void {
    if (this.#timer && ms > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), ms).unref();
  }
}

interface UsageRow {
  route: string;
  status: number;
  requests: number;
  durationMs: number;
  lastAt: number;
}

function mean(sum: number, count: number): number {
  return count === 0 ? 0 : Math.round((sum / count) * 10) / 10;
}
