import type { Severity } from '../../../shared/conditions/condition-table.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Conditions } from '../conditions.ts';
import type { ErrorFilter, ErrorQuery, ErrorTable, TrackedError } from './error-table.ts';
import { kindOfIncident } from './incident-table.ts';

interface ErrorTrackerOptions {
  clock: Clock;
  table: ErrorTable;
  conditions: Pick<Conditions, 'raise' | 'clear'>;
  /** Makes a text fit to be seen: no secret, no whole phone number. */
  clean: (text: string) => string;
  /** Told once when an error is new, not at each repeat. */
  onNew: (error: TrackedError) => void;
}

export interface NewError {
  code: string;
  place: string;
  detail: string;
  /** What the table of incidents says, when these are absent. */
  component?: string;
  severity?: Severity;
}

type Listener = (error: TrackedError) => void;

/** Different open errors in memory; the one not seen for longest goes, and stays in the table. */
const BUFFER_MAX = 1000;
const SAVE_EVERY_MS = 1000;
const TEXT_MAX_CHARS = 500;
/** For `totals`, so that codes from outside could not fill the memory. */
const CODES_MAX = 1000;
const WRITER = 'errors';
const INCIDENT = 'incident';

/** All that went wrong and was survived: repeats are counted, written in batches, and told to who watches. */
export class ErrorTracker {
  readonly #options: ErrorTrackerOptions;
  readonly #open = new Map<string, TrackedError>();
  readonly #unsaved = new Map<number, TrackedError>();
  readonly #totals = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  #nextId: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ErrorTrackerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.flush(), SAVE_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  note({ code, place: rawPlace, detail: rawDetail, component, severity }: NewError): void {
    const { clock, onNew, conditions } = this.#options;
    const kind = kindOfIncident(code);
    const place = this.#clean(rawPlace);
    const detail = this.#clean(rawDetail);
    const known = this.#known(code, place);
    const now = clock.now();
    const error: TrackedError = {
      ...(known ?? { id: this.#newId(), code, place, count: 0, firstSeen: now }),
      ...{ detail, severity: severity ?? kind.severity, component: component ?? kind.component },
      ...{ count: (known?.count ?? 0) + 1, lastSeen: now, acknowledgedAt: null, acknowledgedBy: null },
    };
    this.#remember(error);
    if (!known) onNew(error);
    // A component that is down tells its condition itself, with more than a code.
    if (component === undefined && kind.condition) conditions.raise(kind.condition, detail, INCIDENT);
    this.#tell(error);
  }

  /** Newest first. */
  list(query: ErrorQuery): { errors: TrackedError[]; nextCursor: string | null } {
    this.flush();
    // What the file did not take is not to be seen in it.
    if (this.#unsaved.size === 0) return this.#options.table.page(query);
    const errors = [...this.#open.values()].filter(error => isMatch(error, query)).toReversed();
    return { errors: errors.slice(0, query.limit), nextCursor: null };
  }

  /** One, or all that a filter shows. A repeat after that is a new one. Throws E_NOT_FOUND for an id that is none. */
  acknowledge(what: number | ErrorFilter, by: string): number {
    const { table, clock } = this.#options;
    this.flush();
    if (typeof what === 'number' && !table.has(what)) {
      throw new AppError('E_NOT_FOUND', {
        detail: `There is no error ${what}; '3cx-relay errors' lists all.`,
      });
    }
    const done = table.acknowledge(what, { at: clock.now(), by });
    for (const error of done) {
      this.#open.delete(keyOf(error));
      this.#tell(error);
    }
    return done.length;
  }

  /** How often each code was noted since the start; only ever rises. */
  totals(): ReadonlyMap<string, number> {
    return this.#totals;
  }

  /** Told every error, each repeat, and each that is acknowledged. The answer takes the listener off again. */
  onError(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What cannot be written is kept, as much as the buffer holds, and tried again. */
  flush(): void {
    const { table, conditions } = this.#options;
    if (this.#unsaved.size === 0) return;
    try {
      table.save(this.#unsaved.values());
      this.#unsaved.clear();
      conditions.clear('STATE_NOT_WRITABLE', WRITER);
    } catch (error) {
      conditions.raise('STATE_NOT_WRITABLE', `error_log: ${String(error)}`, WRITER);
    }
  }

  #known(code: string, place: string): TrackedError | undefined {
    const held = this.#open.get(keyOf({ code, place }));
    if (held) return held;
    try {
      return this.#options.table.open(code, place);
    } catch {
      return undefined;
    }
  }

  #remember(error: TrackedError): void {
    const key = keyOf(error);
    this.#open.delete(key);
    this.#open.set(key, error);
    this.#unsaved.set(error.id, error);
    if (this.#open.size > BUFFER_MAX) this.#forgetOldest();
    const { code } = error;
    if (this.#totals.has(code) || this.#totals.size < CODES_MAX)
      this.#totals.set(code, (this.#totals.get(code) ?? 0) + 1);
  }

  #forgetOldest(): void {
    const [oldest] = this.#open;
    if (!oldest) return;
    const [key, { id }] = oldest;
    if (this.#unsaved.has(id)) this.flush();
    this.#open.delete(key);
    this.#unsaved.delete(id);
  }

  /** Only the daemon writes this table, so it counts by itself; the file is asked once. */
  #newId(): number {
    this.#nextId ??= this.#firstId();
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  #firstId(): number {
    try {
      return this.#options.table.nextId();
    } catch {
      // Surely higher than any that was counted.
      return this.#options.clock.now();
    }
  }

  #clean(text: string): string {
    return this.#options.clean(text).replaceAll(/\s+/g, ' ').slice(0, TEXT_MAX_CHARS);
  }

  #tell(error: TrackedError): void {
    for (const listener of this.#listeners) {
      try {
        listener(error);
      } catch {
        // Whoever listens must not keep the others from hearing it, nor the relay from running.
      }
    }
  }
}

function keyOf({ code, place }: Pick<TrackedError, 'code' | 'place'>): string {
  return `${code}|${place}`;
}

function isMatch(error: TrackedError, { component, severity, acknowledged, since }: ErrorFilter): boolean {
  return (
    (component === undefined || error.component === component) &&
    (severity === undefined || error.severity === severity) &&
    (since === undefined || error.lastSeen >= since) &&
    acknowledged !== true
  );
}
