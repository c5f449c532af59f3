import type { Clock } from '../core/ports.ts';

interface ServiceManagerOptions {
  environment: Readonly<Record<string, string | undefined>>;
  clock: Pick<Clock, 'elapsed'>;
  /** One line for `systemctl status`. */
  status(): string;
  /** Null: sound; otherwise why the process had better be started again. */
  fault(): string | null;
  onFault(fault: string): void;
}

/** systemd waits for this long for a word of ours before it ends us, when the unit says nothing else. */
const US_PER_MS = 1000;
/** So many words within the time that systemd waits. */
const WORDS_PER_WAIT = 3;
const STATUS_EVERY_MS = 10_000;
/** A timer that fires so late says that the loop stood still: then the word is not given. */
const LATE_MAX_SHARE = 0.5;
const SAY_WITHIN_MS = 5000;

/**
 * What systemd is told of us: that we are ready, how it is, and again and again that we are sound; when that word does not
 * come it starts us again. Without systemd nothing happens. Node cannot write to its kind of socket, so its own
 * program does: a few milliseconds each.
 */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  readonly #isThere: boolean;
  readonly #everyMs: number;
  readonly #isWatched: boolean;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #toldStatus = '';

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = options.environment;
    this.#isThere = (NOTIFY_SOCKET ?? '') !== '';
    const waitMs = Number(WATCHDOG_USEC ?? 0) / US_PER_MS;
    this.#isWatched = this.#isThere && waitMs > 0 && isForUs(WATCHDOG_PID);
    this.#everyMs = this.#isWatched ? Math.min(STATUS_EVERY_MS, waitMs / WORDS_PER_WAIT) : STATUS_EVERY_MS;
  }

  /** All is open and listens. */
  ready(): void {
    if (!this.#isThere) return;
    this.#say(['READY=1', this.#status()]);
    this.#plan();
  }

  stopping(): void {
    clearTimeout(this.#timer);
    if (this.#isThere) this.#say(['STOPPING=1']);
  }

  #plan(): void {
    this.#dueAt = this.#options.clock.elapsed() + this.#everyMs;
    this.#timer = setTimeout(() => this.#look(), this.#everyMs).unref();
  }

  #look(): void {
    const { clock, fault, onFault } = this.#options;
    const lateMs = clock.elapsed() - this.#dueAt;
    const wrong = fault();
    if (wrong !== null) onFault(wrong);
    const isSound = wrong === null && lateMs < this.#everyMs * LATE_MAX_SHARE;
    const before = this.#toldStatus;
    const words = [this.#status()].filter(text => text !== before);
    if (this.#isWatched && isSound) words.push('WATCHDOG=1');
    if (words.length > 0) this.#say(words);
    this.#plan();
  }

  #status(): string {
    this.#toldStatus = `STATUS=${this.#options.status()}`;
    return this.#toldStatus;
  }

  /** Whatever becomes of it: systemd draws its own conclusion from a word that does not come. */
  #say(words: readonly string[]): void {
    // Loaded only where there is somebody to talk to.
    const { execFile } = process.getBuiltinModule('node:child_process');
    execFile('systemd-notify', [...words], { timeout: SAY_WITHIN_MS }, () => {});
  }
}

function isForUs(pid: string | undefined): boolean {
  return pid === undefined || pid === String(process.pid);
}
