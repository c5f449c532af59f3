import type { Extra } from '../../../../shared/control-api/upkeep-schemas.ts';
import type { JournalEntry } from '../../../../shared/journal-entry.ts';
import type { ControlParts, LogLine } from '../parts.ts';
import type { LineStream } from './line-streams.ts';
import { shownLine } from './log-line.ts';
import { changed, snapshotOf, watchedTables } from './watched-tables.ts';

/** The same object is told at most four times a second; the newest is what is told. */
const TELL_EVERY_MS = 250;
/** For what tells nobody of its changes. */
const LOOK_EVERY_MS = 1000;
/** Between two tellings; what is beyond is counted, and read by pages if somebody wants it. */
const EXTRAS_MAX = 500;

/** Lines of one kind that only some asked for. */
interface Gathered {
  lines: string[];
  skipped: number;
}

/** What all watchers are told: found out and encoded once, gathered, and sent to all in one piece. */
export class WatchBoard {
  readonly #parts: ControlParts;
  readonly #tables: ReturnType<typeof watchedTables>;
  readonly #watchers = new Map<LineStream, ReadonlySet<Extra>>();
  /** By object; a later change takes the place of one that was not told yet. */
  readonly #news = new Map<string, object>();
  readonly #extras: Record<Extra, Gathered> = {
    events: { lines: [], skipped: 0 },
    logs: { lines: [], skipped: 0 },
  };
  #quit: (() => void)[] = [];
  #telling: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#tables = watchedTables(parts);
  }

  /** Says the snapshot and tells all changes from then on. The answer takes the watcher off again. */
  add(stream: LineStream, extras: readonly Extra[]): () => void {
    if (this.#watchers.size === 0) this.#begin();
    // What was gathered before is in the snapshot.
    this.#tell();
    stream.say({ type: 'snapshot', ...snapshotOf(this.#parts, this.#tables) });
    this.#watchers.set(stream, new Set(extras));
    return () => {
      if (this.#watchers.delete(stream) && this.#watchers.size === 0) this.stop();
    };
  }

  /** Costs nothing while nobody watches. */
  stop(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#news.clear();
    for (const quit of this.#quit.splice(0)) quit();
  }

  #begin(): void {
    const { conditions, errors, monitor, onEntries, logs } = this.#parts;
    for (const table of this.#tables) table.forget();
    this.#look();
    this.#news.clear();
    const timer = setInterval(() => this.#lookSafely(), LOOK_EVERY_MS);
    this.#quit = [
      () => clearInterval(timer),
      conditions.onChange(current => this.#note('conditions', { type: 'conditions', conditions: current })),
      errors.onError(error => this.#note(`error ${error.id}`, { type: 'error', error })),
      // Within the turn in which it is told, the board does not show it yet.
      monitor.onStateChange(() => setImmediate(() => this.#lookSafely())),
      onEntries(entries => this.#heard(entries)),
      logs.onLine(line => this.#logged(line)),
    ];
  }

  #look(): void {
    for (const table of this.#tables) {
      for (const { key, line } of changed(table)) this.#note(key, line);
    }
    this.#note('stats', { type: 'stats', stats: this.#parts.stats() });
  }

  /** From a timer there is nobody to throw to, and a state file that cannot be read must not end the relay. */
  #lookSafely(): void {
    try {
      if (this.#watchers.size > 0) this.#look();
    } catch (error) {
      this.#parts.errors.note({ code: 'E_WATCH', place: 'GET /admin/watch', detail: String(error) });
    }
  }

  #heard(entries: readonly JournalEntry[]): void {
    const isAsked = this.#isAsked('events');
    for (const { type, seq, time, source, body } of entries) {
      if (isAsked) {
        const lead = `{"type":"${type}","seq":${seq},"time":${time},"source":${JSON.stringify(source)}`;
        this.#gather('events', `{"type":"event","entry":${lead},"data":${body}}}\n`);
      }
      if (type !== 'call') continue;
      const { call } = JSON.parse(body);
      const name = call.state === 'ended' ? 'callEnded' : 'call';
      this.#note(`call ${call.id}`, { type: name, call });
    }
  }

  #logged(line: LogLine): void {
    if (!this.#isAsked('logs')) return;
    this.#gather('logs', `${JSON.stringify({ type: 'log', line: shownLine(line) })}\n`);
  }

  #isAsked(extra: Extra): boolean {
    return [...this.#watchers.values()].some(extras => extras.has(extra));
  }

  #gather(extra: Extra, line: string): void {
    const gathered = this.#extras[extra];
    if (gathered.lines.length < EXTRAS_MAX) gathered.lines.push(line);
    else gathered.skipped += 1;
    this.#plan();
  }

  #note(key: string, line: object): void {
    this.#news.set(key, line);
    this.#plan();
  }

  #plan(): void {
    const waitMs = Math.max(0, this.#toldAt + TELL_EVERY_MS - performance.now());
    this.#telling ??= setTimeout(() => this.#tell(), waitMs);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#toldAt = performance.now();
    const common = [...this.#news.values()].map(line => `${JSON.stringify(line)}\n`).join('');
    this.#news.clear();
    const events = this.#take('events');
    const logs = this.#take('logs');
    for (const [stream, extras] of this.#watchers) {
      const lines = common + (extras.has('events') ? events : '') + (extras.has('logs') ? logs : '');
      if (lines !== '') stream.write(lines);
    }
  }

  #take(extra: Extra): string {
    const { lines, skipped } = this.#extras[extra];
    this.#extras[extra] = { lines: [], skipped: 0 };
    const missing = skipped > 0 ? `${JSON.stringify({ type: 'skipped', of: extra, count: skipped })}\n` : '';
    return lines.join('') + missing;
  }
}
