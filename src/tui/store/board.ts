import type { Call } from '../../shared/call.ts';
import type {
  AboutTold,
  AuditRowTold,
  ClientTold,
  ConditionTold,
  ConnectionTold,
  ErrorTold,
  KeyTold,
  LogLineTold,
  StatsTold,
  UserTold,
} from '../../shared/control-api/told.ts';
import type { Snapshot, WatchEnd, WatchLine } from '../../shared/control-api/watch-line.ts';
import { maskNumber } from '../../shared/masks.ts';
import { type EventShown, EventTail } from './event-tail.ts';
import { Rates } from './rates.ts';
import { type Series, StepSeries } from './series.ts';
import { Shelf } from './shelf.ts';
import { Tail } from './tail.ts';

/** All that the daemon told, as of one moment. Nothing in it changes any more. */
export interface Data {
  about: AboutTold | null;
  stats: StatsTold | null;
  components: readonly ConnectionTold[];
  conditions: readonly ConditionTold[];
  calls: readonly CallShown[];
  clients: readonly ClientShown[];
  keys: readonly KeyTold[];
  users: readonly UserTold[];
  audit: readonly AuditRowTold[];
  errors: readonly ErrorTold[];
  events: readonly EventShown[];
  logs: readonly LogLineTold[];
  eventRate: Series;
  callCount: Series;
}

/** A call that has ended stays for a moment, so that it can be seen how. */
export type CallShown = Call & { changes: readonly CallStep[] };

/** What we saw happen to it. */
export interface CallStep {
  time: number;
  what: string;
}

export type ClientShown = ClientTold & { bytesPerSecond: number };

const STEP_MS = 10_000;
const STEPS_KEPT = 360;
const LOGS_KEPT = 2000;
const ERRORS_KEPT = 500;
const AUDIT_KEPT = 500;
/** A call that rings through a queue for hours. */
const CHANGES_KEPT = 200;
const ENDED_STAY_MS = 20_000;

/** What the watch stream tells, put together. */
export class Board {
  readonly #now: () => number;
  #about: AboutTold | null = null;
  #stats: StatsTold | null = null;
  #conditions: readonly ConditionTold[] = [];
  readonly #components = new Shelf<ConnectionTold>(one => one.component);
  readonly #calls = new Shelf<CallShown>(one => one.id);
  readonly #clients = new Shelf<ClientTold>(one => one.id);
  readonly #keys = new Shelf<KeyTold>(one => one.id);
  readonly #users = new Shelf<UserTold>(one => one.id);
  readonly #audit = new Shelf<AuditRowTold>(one => one.id, AUDIT_KEPT);
  readonly #errors = new Shelf<ErrorTold>(one => one.id, ERRORS_KEPT);
  readonly #rates = new Rates();
  readonly #eventRate = new StepSeries({ stepMs: STEP_MS, most: STEPS_KEPT });
  readonly #callCount = new StepSeries({ stepMs: STEP_MS, most: STEPS_KEPT });
  readonly events = new EventTail();
  readonly #logs = new Tail<LogLineTold>(LOGS_KEPT);

  constructor(now: () => number) {
    this.#now = now;
  }

  apply(line: Exclude<WatchLine, WatchEnd>): void {
    switch (line.type) {
      case 'snapshot':
        return this.#begin(line);
      case 'component':
        return this.#components.put(line.component);
      case 'conditions':
        this.#conditions = line.conditions;
        return;
      case 'call':
      case 'callEnded':
        return this.#calls.put(this.#withStep(line.call));
      case 'client':
        this.#rates.saw(line.client.id, line.client.sentBytes, this.#now());
        return this.#clients.put(line.client);
      case 'clientGone':
        this.#rates.forget(line.client.id);
        return this.#clients.remove(line.client.id);
      case 'key':
        return this.#keys.put(line.key);
      case 'keyGone':
        return this.#keys.remove(line.key.id);
      case 'user':
        return this.#users.put(line.user);
      case 'userGone':
        return this.#users.remove(line.user.id);
      case 'audit':
        return this.#audit.put(line.audit);
      case 'error':
        return this.#errors.put(line.error);
      case 'stats':
        return this.#count(line.stats);
      case 'event':
        return this.events.add(line.entry);
      case 'log':
        return this.#logs.add(line.line);
      case 'skipped':
        if (line.of === 'events') this.events.skipped(line.count, this.#now());
    }
  }

  /** Older ones, read by pages. */
  addErrors(errors: readonly ErrorTold[]): void {
    for (const error of errors) this.#errors.putOld(error);
  }

  addAudit(rows: readonly AuditRowTold[]): void {
    for (const row of rows) this.#audit.putOld(row);
  }

  /** The newest of before; what came meanwhile stands in them too. */
  beginLogs(lines: readonly LogLineTold[]): void {
    const first = lines[0]?.id ?? Number.POSITIVE_INFINITY;
    const last = lines.at(-1)?.id ?? 0;
    const [older, newer] = [
      this.#logs.all.filter(({ id }) => id < first),
      this.#logs.all.filter(({ id }) => id > last),
    ];
    this.#logs.begin([...older, ...lines, ...newer]);
  }

  data(): Data {
    this.#dropEnded();
    return {
      about: this.#about,
      stats: this.#stats,
      components: this.#components.all,
      conditions: this.#conditions,
      calls: this.#calls.all,
      clients: this.#clients.all.map(one => ({
        ...one,
        bytesPerSecond: this.#rates.of(one.id, this.#now()),
      })),
      keys: this.#keys.all,
      users: this.#users.all,
      audit: this.#audit.all,
      errors: this.#errors.all,
      events: this.events.all,
      logs: this.#logs.all,
      eventRate: this.#eventRate.series,
      callCount: this.#callCount.series,
    };
  }

  #begin(line: Snapshot): void {
    this.#about = line.about;
    this.#conditions = line.conditions;
    this.#components.begin(line.components);
    const before = new Map(this.#calls.all.map(call => [call.id, call.changes]));
    this.#calls.begin(line.calls.map(call => ({ ...call, changes: before.get(call.id) ?? [] })));
    this.#clients.begin(line.clients);
    this.#rates.keepOnly(line.clients.map(({ id }) => id));
    for (const { id, sentBytes } of line.clients) this.#rates.saw(id, sentBytes, this.#now());
    this.#keys.begin(line.keys);
    this.#users.begin(line.users);
    this.#audit.begin(line.audit);
    this.#errors.begin(line.errors);
    this.#eventRate.begin(line.past.eventsPerSecond);
    this.#callCount.begin(line.past.openCalls);
    this.#count(line.stats);
  }

  #count(stats: StatsTold): void {
    this.#stats = stats;
    this.#eventRate.add({ time: stats.time, value: stats.events.lastSecond });
    this.#callCount.add({ time: stats.time, value: stats.openCalls });
  }

  #withStep(call: Call): CallShown {
    const before = this.#calls.get(call.id);
    const what = stepBetween(before, call);
    const changes = before?.changes ?? [];
    return {
      ...call,
      changes: what === null ? changes : [...changes, { time: this.#now(), what }].slice(-CHANGES_KEPT),
    };
  }

  #dropEnded(): void {
    const limit = this.#now() - ENDED_STAY_MS;
    for (const { id, endedAt } of this.#calls.all) {
      if (endedAt !== null && Date.parse(endedAt) < limit) this.#calls.remove(id);
    }
  }
}

/** In a few words what is other; null when nothing that is worth a line. */
function stepBetween(before: Call | undefined, now: Call): string | null {
  if (before === undefined) return `first seen: ${now.state}`;
  const isElsewhere = before.to?.dn !== now.to?.dn && now.to !== null;
  const where = isElsewhere ? ` at ${now.to?.dn || maskNumber(now.to?.number ?? '?')}` : '';
  if (before.state !== now.state)
    return now.endReason === null ? now.state + where : `${now.state}: ${now.endReason}`;
  if (isElsewhere) return `now${where}`;
  return before.queue === now.queue ? null : `through ${now.queue ?? '?'}`;
}
