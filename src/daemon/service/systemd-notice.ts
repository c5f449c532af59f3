import type { Clock } from '../core/ports.ts';

interface SystemdNoticeOptions {
  environment: Readonly<Record<string, string | undefined>>;
  clock: Pick<Clock, 'elapsed'>;
  /** Told when it stops being sound, not as long as it is not. */
  onFault(fault: string): void;
}

/** What is asked once it is ready. */
interface Signs {
  /** One line for `systemctl status`. */
  status(): string;
  /** Null: sound; otherwise why the process had better be started again. */
  fault(): string | null;
}

const US_PER_MS = 1000;
/** So many words within the time that systemd waits. */
const WORDS_PER_WAIT = 3;
const STATUS_EVERY_MS = 10_000;
/** A timer that fires so late says that the loop stood still: then the word is not given. */
const LATE_MAX_SHARE = 0.5;
const SAY_WITHIN_MS = 5000;
const STATUS = 'STATUS=';

/**
 * What systemd is told of us: that we are ready, how it is, and again and again that we are sound; when that word does not
 * come it starts us again. Without systemd nothing happens. Node cannot write to its kind of socket, so its own
 * program does: a few milliseconds each.
 */
export class SystemdNotice {
  readonly #options: SystemdNoticeOptions;
  readonly #isThere: boolean;
  readonly #everyMs: number;
  readonly #isWatched: boolean;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #toldStatus = '';
  #fault: string | null = null;
  #isStopping = false;

  constructor(options: SystemdNoticeOptions) {
    this.#options = options;
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = options.environment;
    this.#isThere = (NOTIFY_SOCKET ?? '') !== '';
    const waitMs = Number(WATCHDOG_USEC ?? 0) / US_PER_MS;
    this.#isWatched = this.#isThere && waitMs > 0 && isForUs(WATCHDOG_PID);
    this.#everyMs = this.#isWatched ? Math.min(STATUS_EVERY_MS, waitMs / WORDS_PER_WAIT) : STATUS_EVERY_MS;
  }

  /** All is open and listens; nothing is said of it when it is to stop already. */
  ready(signs: Signs): void {
    if (!this.#isThere || this.#isStopping) return;
    this.#say(['READY=1', statusOf(signs)]);
    this.#plan(signs);
  }

  stopping(): void {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    if (this.#isThere) this.#say(['STOPPING=1']);
  }

  #plan(signs: Signs): void {
    this.#dueAt = this.#options.clock.elapsed() + this.#everyMs;
    this.#timer = setTimeout(() => this.#look(signs), this.#everyMs).unref();
  }

  #look(signs: Signs): void {
    const words = [statusOf(signs)].filter(text => text !== this.#toldStatus);
    if (this.#isWatched && this.#isSound(signs)) words.push('WATCHDOG=1');
    if (words.length > 0) this.#say(words);
    this.#plan(signs);
  }

  #isSound(signs: Signs): boolean {
    const lateMs = this.#options.clock.elapsed() - this.#dueAt;
    const before = this.#fault;
    this.#fault = signs.fault();
    if (before === null && this.#fault !== null) this.#options.onFault(this.#fault);
    return this.#fault === null && lateMs < this.#everyMs * LATE_MAX_SHARE;
  }

  /** Whatever becomes of it: systemd draws its own conclusion from a word that does not come. */
  #say(words: readonly string[]): void {
    this.#toldStatus = words.find(word => word.startsWith(STATUS)) ?? this.#toldStatus;
    // Loaded only where there is somebody to talk to.
    const { execFile } = process.getBuiltinModule('node:child_process');
    execFile('systemd-notify', [...words], { timeout: SAY_WITHIN_MS }, () => {});
  }
}

function statusOf(signs: Signs): string {
  return STATUS + signs.status();
}

function isForUs(pid: string | undefined): boolean {
  return pid === undefined || pid === String(process.pid);
}
