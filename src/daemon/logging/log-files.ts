import { createWriteStream, mkdirSync, readdirSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

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
const ERROR_LEVEL = 50;
/** What a disk that hangs may keep waiting; what comes beyond is dropped and counted. */
const WAITING_MAX_BYTES = 1_048_576;
const RETRY_AFTER_MS = 30_000;
const FILE = /^(?:combined|error)-(\d{4}-\d\d-\d\d)\.log$/;
/** The folder's group may read, as with other logs of the host. */
const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/**
 * The log in files beside the host's own: one a day with all lines and one with errors, kept for two weeks. What cannot be
 * written is dropped: a log must never stop the relay, nor make it wait.
 */
export class LogFiles {
  readonly #options: Required<LogFilesOptions>;
  readonly #streams = new Map<Kind, WriteStream>();
  #day = '';
  #dropped = 0;
  #brokenUntil = Number.NEGATIVE_INFINITY;

  constructor(options: LogFilesOptions) {
    this.#options = { now: Date.now, ...options };
  }

  /** One line of JSON, with its end. */
  write(line: string): void {
    const now = this.#options.now();
    if (now < this.#brokenUntil) return this.#drop();
    try {
      this.#turnTo(dayOf(now));
      this.#put('combined', line);
      if (levelOf(line) >= ERROR_LEVEL) this.#put('error', line);
    } catch (error) {
      this.#drop();
      this.#broken(error);
    }
  }

  /** All that was taken is on its way to the disk when this ends. */
  async close(): Promise<void> {
    const ends = [...this.#streams.values()].map(
      stream => new Promise<void>(resolve => stream.end(() => resolve())),
    );
    this.#streams.clear();
    await Promise.all(ends);
  }

  #put(kind: Kind, line: string): void {
    const stream = this.#streams.get(kind);
    if (stream === undefined || stream.writableLength > WAITING_MAX_BYTES) return this.#drop();
    stream.write(line);
  }

  #turnTo(day: string): void {
    if (day === this.#day && this.#streams.size > 0) return;
    this.#closeAll();
    const { folder, now } = this.#options;
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    for (const kind of KINDS) {
      const stream = createWriteStream(join(folder, `${kind}-${day}.log`), { flags: 'a', mode: FILE_MODE });
      stream.on('error', error => this.#broken(error));
      this.#streams.set(kind, stream);
    }
    this.#day = day;
    this.#tellDropped();
    removeBefore(folder, dayOf(now() - DAYS_KEPT * DAY_MS));
  }

  #drop(): void {
    this.#dropped += 1;
  }

  /** In the file itself: whoever reads it must know that it has a hole. */
  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const time = new Date(this.#options.now()).toISOString();
    const text = JSON.stringify({
      level: 40,
      time,
      part: 'log',
      dropped: this.#dropped,
      msg: 'lines could not be written here',
    });
    this.#dropped = 0;
    this.#put('combined', `${text}\n`);
  }

  #broken(error: unknown): void {
    this.#closeAll();
    this.#brokenUntil = this.#options.now() + RETRY_AFTER_MS;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.onFault(`The log files in ${this.#options.folder} cannot be written: ${why}`);
  }

  #closeAll(): void {
    for (const stream of this.#streams.values()) {
      // Whatever comes of it now concerns nobody.
      stream.removeAllListeners('error').on('error', () => {});
      stream.end();
    }
    this.#streams.clear();
  }
}

/** By the clock of the host: whoever looks for yesterday's file means that. */
function dayOf(time: number): string {
  const date = new Date(time);
  const pair = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${pair(date.getMonth() + 1)}-${pair(date.getDate())}`;
}

/** Only files that can be ours. */
function removeBefore(folder: string, day: string): void {
  for (const name of readdirSync(folder)) {
    const written = FILE.exec(name)?.[1];
    if (written !== undefined && written < day) rmSync(join(folder, name), { force: true });
  }
}

function levelOf(line: string): number {
  return Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
}
