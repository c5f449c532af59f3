import { Writable } from 'node:stream';

/**
 * A terminal that takes all that is written within one turn as one piece: a frame over a slow line is then one packet,
 * not three. Nobody may wait here, so what it says of being full is not passed on.
 */
export class JoinedWrites extends Writable {
  readonly #real: NodeJS.WriteStream;
  #waiting = '';

  constructor(real: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    this.#real = real;
    real.on('resize', () => this.emit('resize'));
  }

  readonly isTTY = true;

  get columns(): number {
    return this.#real.columns;
  }

  get rows(): number {
    return this.#real.rows;
  }

  getColorDepth(): number {
    return this.#real.getColorDepth();
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = String(chunk);
    if (this.#waiting === '' && text !== '') queueMicrotask(() => this.flush());
    this.#waiting += text;
    done();
  }

  /** What still waits, now: also at the very end. */
  flush(): void {
    if (this.#waiting === '') return;
    const text = this.#waiting;
    this.#waiting = '';
    this.#real.write(text);
  }
}
