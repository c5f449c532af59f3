import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../shared/backoff.ts';
import { localTime } from '../../shared/telling/time.ts';
import { LogFile } from './log-file.ts';

interface LogFilesOptions {
  folder: string;
  /** ms since 1970. */
  now?: () => number;
  /** Told once for each time that lines are lost, and never by writing to the log itself. */
  onFault(detail: string): void;
}

const KINDS = ['combined', 'error'] as const;
type Kind = (typeof KINDS)[number];

const DAYS_KEPT = 14;
const DAY_MS = 86_400_000;
const DAY_CHARS = 10;
const ERROR_LEVEL = 50;
const RETRY_AFTER_MS = 30_000;
/** What is not on the disk by then is given up: stopping must not wait for a disk that hangs. */
const CLOSE_WITHIN_MS = 2000;
const FILE = /^(?:combined|error)-(\d{4}-\d\d-\d\d)\.log$/;

/**
 * The log in files beside the host's own: one a day with all lines and one with errors, kept for two weeks. What cannot be
 * written is dropped: a log must never stop the relay, nor make it wait.
 */
export class LogFiles {
  readonly #options: Required<LogFilesOptions>;
  readonly #files: Record<Kind, LogFile>;
  /** The day of the files that are open; none while they cannot be written. */
  #day: string | null = null;
  #brokenUntil = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: LogFilesOptions) {
    this.#options = { now: Date.now, ...options };
    const file = (): LogFile =>
      new LogFile({
        now: this.#options.now,
        onBroken: error => this.#broken(error),
        onFull: () => this.#tell('are dropped: the disk is too slow.', 'Lines for the log files'),
      });
    this.#files = { combined: file(), error: file() };
  }

  /** One line of JSON, with its end. */
  write(line: string): void {
    if (this.#isClosed) return;
    this.#turn();
    this.#files.combined.write(line);
    if (levelOf(line) >= ERROR_LEVEL) this.#files.error.write(line);
  }

  /** All that was taken is on its way to the disk when this ends, or it is told that it is not. Nothing is taken any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new AbortController();
    const closing = Promise.all(KINDS.map(kind => this.#files[kind].close()));
    const isLate = await Promise.race([closing.then(() => false), sleep(CLOSE_WITHIN_MS, closed.signal)]);
    closed.abort();
    if (!isLate) return;
    for (const kind of KINDS) this.#files[kind].leave();
    this.#tell('were not written before the end: the disk is too slow.', 'The last lines');
  }

  #turn(): void {
    const { folder, now } = this.#options;
    const time = now();
    const day = dayOf(time);
    if (day === this.#day || time < this.#brokenUntil) return;
    this.#day = day;
    for (const kind of KINDS) this.#files[kind].open(join(folder, `${kind}-${day}.log`));
    removeBefore(folder, dayOf(time - DAYS_KEPT * DAY_MS)).catch(error =>
      this.#options.onFault(`Old log files in ${folder} cannot be removed: ${whyOf(error)}`),
    );
  }

  #broken(error: Error): void {
    this.#day = null;
    for (const kind of KINDS) this.#files[kind].leave();
    this.#brokenUntil = this.#options.now() + RETRY_AFTER_MS;
    this.#tell(`cannot be written: ${whyOf(error)}`, 'The log files');
  }

  #tell(what: string, subject: string): void {
    this.#options.onFault(`${subject} in ${this.#options.folder} ${what}`);
  }
}

/** By the clock of the host: whoever looks for yesterday's file means that. */
function dayOf(time: number): string {
  return localTime(time).slice(0, DAY_CHARS);
}

/** Only files that can be ours. One that cannot be removed keeps no other. */
async function removeBefore(folder: string, day: string): Promise<void> {
  const old = (await namesIn(folder)).filter(name => (FILE.exec(name)?.[1] ?? day) < day);
  const ends = await Promise.allSettled(old.map(name => rm(join(folder, name), { force: true })));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** A folder that is not there yet has none; whoever opens the files tells what else stands in its place. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function levelOf(line: string): number {
  return Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
}
