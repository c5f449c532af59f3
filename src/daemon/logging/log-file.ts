import fs, { type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

interface LogFileOptions {
  /** ms since 1970. */
  now(): number;
  /** It can take nothing for now. */
  onBroken(error: Error): void;
  /** The disk is too slow: from here on lines are dropped. */
  onFull(): void;
}

/** What a disk that hangs may keep waiting; what comes beyond is dropped and counted, until all that waits is written. */
const WAITING_MAX_BYTES = 1_048_576;
/** The folder's group may read, as with other logs of the host. */
const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/** One kind of log file: today's takes the lines, and is told how many it did not take. */
export class LogFile {
  readonly #options: LogFileOptions;
  #stream: WriteStream | null = null;
  #isFull = false;
  #dropped = 0;
  readonly #onWritten = (error?: Error | null): void => {
    if (error) this.#dropped += 1;
  };

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** From now on into this one. */
  open(path: string): void {
    this.leave();
    const stream = fs.createWriteStream(path, { flags: 'a', mode: FILE_MODE, fs: openingIn(dirname(path)) });
    stream.on('error', this.#options.onBroken);
    stream.on('drain', () => {
      this.#isFull = false;
      this.#tellDropped();
    });
    this.#stream = stream;
    this.#tellDropped();
  }

  write(line: string): void {
    const stream = this.#stream;
    if (stream === null || this.#isFull) {
      this.#dropped += 1;
      return;
    }
    if (stream.writableLength <= WAITING_MAX_BYTES) {
      stream.write(line, this.#onWritten);
      return;
    }
    this.#dropped += 1;
    this.#isFull = true;
    this.#options.onFull();
  }

  /** What it has taken is still written, if it can be. */
  leave(): void {
    const stream = this.#stream;
    this.#stream = null;
    this.#isFull = false;
    // Whatever comes of it now concerns nobody.
    stream?.removeAllListeners('error').removeAllListeners('drain');
    stream?.on('error', () => {}).end();
  }

  /** All that was taken is on its way to the disk when this ends; nothing may be written any more. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream !== null) await new Promise<void>(resolve => stream.end(() => resolve()));
  }

  /** In the file itself: whoever reads it must know that it has a hole. */
  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const time = new Date(this.#options.now()).toISOString();
    const dropped = this.#dropped;
    this.#dropped = 0;
    const hole = { level: 40, time, part: 'log', dropped, msg: 'lines could not be written here' };
    this.write(`${JSON.stringify(hole)}\n`);
  }
}

/** As a stream opens its file, with the folder made before; none of it stops the event loop. */
function openingIn(folder: string): Pick<typeof fs, 'open' | 'write' | 'writev' | 'close'> {
  const { write, writev, close } = fs;
  const open = ((path: string, flags: string, mode: number, done: Opened) => {
    fs.mkdir(folder, { recursive: true, mode: FOLDER_MODE }, error =>
      error ? done(error) : fs.open(path, flags, mode, done),
    );
  }) as typeof fs.open;
  return { open, write, writev, close };
}

type Opened = (error: NodeJS.ErrnoException | null, descriptor?: number) => void;
