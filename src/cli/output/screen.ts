/** Whether stdout is a terminal that can be drawn on in place. */
export function canRedraw(): boolean {
  return process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Lines there are to draw on; endless where nobody knows. */
export function heightOf(): number {
  // 0 where the terminal does not know it.
  return (process.stdout.isTTY && process.stdout.rows) || Number.POSITIVE_INFINITY;
}

const DRAW_EVERY_MS = 500;
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K';
const ALL_BELOW = '\u001b[J';

/** A terminal drawn on in place, at most twice a second, and left as it was. */
export class Screen {
  #make: () => string = () => '';
  #timer: NodeJS.Timeout | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  readonly #leave = (): void => void process.stdout.write(LEAVE);
  readonly #resized = (): void => this.#draw();

  open(): void {
    process.stdout.write(ENTER);
    // Also when something throws: the terminal is its owner's.
    process.once('exit', this.#leave);
    process.stdout.on('resize', this.#resized);
  }

  /** The newest is what is drawn; `make` is called when it is. */
  draw(make: () => string): void {
    this.#make = make;
    this.#timer ??= setTimeout(
      () => this.#draw(),
      Math.max(0, this.#drawnAt + DRAW_EVERY_MS - performance.now()),
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    process.stdout.off('resize', this.#resized);
    process.off('exit', this.#leave);
    this.#leave();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    // A slow line gets the newest once it has taken what came before.
    if (process.stdout.writableNeedDrain) return this.draw(this.#make);
    const lines = this.#make().trimEnd().split('\n').slice(0, heightOf());
    process.stdout.write(`${HOME}${lines.map(line => line + END_OF_LINE).join('\r\n')}${ALL_BELOW}`);
  }
}
