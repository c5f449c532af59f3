import type { TerminalDoor } from '../dashboard.ts';
import type { Places } from '../frame.ts';
import { JoinedWrites } from './join-writes.ts';
import { type Click, MOUSE_OFF, MOUSE_ON, MouseInput } from './mouse.ts';

/** What Ink can do once it draws. */
interface Drawing {
  /** Forgets what it has drawn. */
  clear(): void;
}

/** Gives the terminal back, until it is resumed. */
type Suspend = () => Promise<{ resume(): Promise<void> }>;

/** After the last of a storm of sizes. */
const SETTLED_MS = 100;
const CLEAR = '\u001b[2J\u001b[H';
/** Longer than it takes until we are stopped; a shell that cannot stop us lets us go on after it. */
const STOPPED_WITHIN_MS = 200;

/** The terminal the operator sits at: all that is done to it past what is drawn, and giving it back as it was. */
export class Terminal implements TerminalDoor {
  readonly output = new JoinedWrites(process.stdout);
  readonly input: MouseInput;
  readonly #end = Promise.withResolvers<void>();
  #drawing: Drawing | null = null;
  #suspend: Suspend | null = null;
  #isMouseOn = false;
  #settling: NodeJS.Timeout | undefined;
  /** Where what was drawn. */
  places: Places = { tabs: [], tabsLine: 1, bodyFrom: 0 };

  constructor(onClick: (click: Click) => void) {
    this.input = new MouseInput(process.stdin, { onClick, onGone: () => this.quit() });
    process.stdout.on('resize', this.#resized);
  }

  /** Settles when the dashboard is to end. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  drawnBy(drawing: Drawing): void {
    this.#drawing = drawing;
  }

  suspendedBy(suspend: Suspend): void {
    this.#suspend = suspend;
  }

  write(bytes: string): void {
    this.output.write(bytes);
  }

  redraw(): void {
    this.#drawing?.clear();
    this.write(CLEAR);
    // Ink draws all lines anew for it, also when none of them has changed.
    this.output.emit('resize');
  }

  suspend(): void {
    this.#stop().catch((error: Error) => this.quit(error));
  }

  setMouse(isOn: boolean): void {
    this.#isMouseOn = isOn;
    this.write(isOn ? MOUSE_ON : MOUSE_OFF);
  }

  quit(error?: Error): void {
    if (error === undefined) this.#end.resolve();
    else this.#end.reject(error);
  }

  /** As it was, at the very end. */
  restore(): void {
    process.stdout.off('resize', this.#resized);
    clearTimeout(this.#settling);
    if (this.#isMouseOn) this.write(MOUSE_OFF);
    this.output.flush();
  }

  /** What was on its way for the size of before may have gone over the edge and moved all other lines. */
  readonly #resized = (): void => {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      if (this.#suspend !== null) this.redraw();
    }, SETTLED_MS);
  };

  async #stop(): Promise<void> {
    const suspend = this.#suspend;
    // Twice in one packet: once is enough.
    this.#suspend = null;
    if (suspend === null) return;
    const suspended = await suspend();
    if (this.#isMouseOn) this.write(MOUSE_OFF);
    this.output.flush();
    const isBack = Promise.withResolvers<void>();
    process.once('SIGCONT', isBack.resolve);
    const timer = setTimeout(isBack.resolve, STOPPED_WITHIN_MS);
    // All of us, as the terminal itself would: sudo and the launcher stand in the same group.
    process.kill(0, 'SIGTSTP');
    await isBack.promise;
    clearTimeout(timer);
    process.off('SIGCONT', isBack.resolve);
    await suspended.resume();
    if (this.#isMouseOn) this.write(MOUSE_ON);
    this.#suspend = suspend;
  }
}
