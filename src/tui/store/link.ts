import { backoffDelay, sleep } from '../../shared/backoff.ts';
import { toldOf } from '../../shared/control/cli-error.ts';
import type { Extra } from '../../shared/control-api/upkeep-schemas.ts';
import type { Desk } from '../desk.ts';
import type { Board } from './board.ts';
import type { EventPage } from './event-tail.ts';

/** How it stands between us and the daemon. */
type LinkState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** `code` as errors have it; `retryAt` null while it is being tried. */
  | { kind: 'away'; since: number; code: string; why: string; hint: string; retryAt: number | null };

interface LinkParts {
  desk: Desk;
  board: Board;
  now: () => number;
  /** Something is other than before. */
  onChange: () => void;
  /** All there is has just been told anew. */
  onSnapshot: () => void;
  /** What trying again does not mend, before there ever was a connection. */
  onHopeless: (error: Error) => void;
}

const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 15_000;
const RETRY_FLOOR_MS = 500;
/** After so long a connection the next try comes soon again. */
const STABLE_MS = 10_000;
const EVENTS_BEFORE = 300;
const HOPELESS = new Set(['E_SOCKET_DENIED', 'E_VERSION_SKEW', 'E_ANSWER']);

/** Keeps the watch stream open, through restarts of the daemon and for ever. */
export class Link {
  readonly #parts: LinkParts;
  readonly #extras = new Set<Extra>();
  #state: LinkState = { kind: 'connecting' };
  #hasHeard = false;
  #liveAt: number | null = null;
  /** Aborted: the stream or the wait of this moment ends, and the next begins at once. */
  #turn = new AbortController();

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** False until there was a first snapshot. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  /** From now on also these; they cost the daemon work, so nobody gets them who does not look. */
  want(extra: Extra): void {
    if (this.#extras.has(extra)) return;
    this.#extras.add(extra);
    this.#turn.abort();
  }

  /** Tries now instead of later. */
  hurry(): void {
    if (this.#state.kind === 'away') this.#turn.abort();
  }

  /** As somebody else, perhaps: until the daemon answers nobody knows who we are. */
  again(): void {
    this.#become({ kind: 'connecting' });
    this.#turn.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { now } = this.#parts;
    for (let attempt = 1; !signal.aborted; attempt++) {
      this.#turn = new AbortController();
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      const fault = await this.#listen(turn);
      if (signal.aborted) return;
      // Asked for by ourselves: nothing is wrong.
      if (fault === null) continue;
      if (this.#hasBeenStable()) attempt = 1;
      if (!this.#hasHeard && HOPELESS.has(fault.code)) return this.#parts.onHopeless(fault.error);
      const retryInMs = backoffDelay({
        ...{ attempt, baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS },
        floorMs: RETRY_FLOOR_MS,
      });
      const since = this.#state.kind === 'away' ? this.#state.since : now();
      const { code, why, hint } = fault;
      this.#become({ kind: 'away', since, code, why, hint, retryAt: now() + retryInMs });
      await sleep(retryInMs, turn);
    }
  }

  /** Null when it was we who ended it. */
  async #listen(signal: AbortSignal): Promise<Fault | null> {
    const { desk, board } = this.#parts;
    // What is asked beside the stream belongs to it: an answer that comes after it would be another daemon's.
    const over = new AbortController();
    if (this.#state.kind === 'away') this.#become({ ...this.#state, retryAt: null });
    const extras = [...this.#extras];
    try {
      for await (const line of desk.watch(extras, signal)) {
        if (line.type === 'end')
          return { code: line.code, why: line.detail, hint: '', error: new Error(line.detail) };
        board.apply(line);
        if (line.type === 'snapshot') this.#began(extras, over.signal);
        this.#parts.onChange();
      }
      return signal.aborted ? null : { ...ENDED, error: new Error(ENDED.why) };
    } catch (error) {
      if (signal.aborted) return null;
      return faultOf(error);
    } finally {
      over.abort();
    }
  }

  #began(extras: readonly Extra[], signal: AbortSignal): void {
    this.#hasHeard = true;
    this.#liveAt = this.#parts.now();
    this.#parts.onSnapshot();
    this.#become({ kind: 'live' });
    if (extras.includes('events')) void this.#fillEvents(signal);
    if (extras.includes('logs')) void this.#fillLogs(signal);
  }

  /** What the log had before we listened, or while we were away. */
  async #fillEvents(signal: AbortSignal): Promise<void> {
    const { desk, board, now } = this.#parts;
    const { stats } = board.data();
    if (stats === null) return;
    const after = board.events.placeBefore(stats.journal, EVENTS_BEFORE);
    board.events.awaitPage();
    const { epoch } = stats.journal;
    const query = { after, epoch, limit: 500 };
    const page = await desk.get<EventPage>('/admin/events', query).catch(() => ({ epoch, entries: [] }));
    if (signal.aborted) return;
    board.events.addPage(page, now());
    this.#parts.onChange();
  }

  async #fillLogs(signal: AbortSignal): Promise<void> {
    const { desk, board } = this.#parts;
    type Page = { lines: Parameters<typeof board.beginLogs>[0] };
    // Without them, those that come from now on are shown.
    const page = await desk.get<Page>('/admin/logs', { limit: 500 }).catch(() => null);
    if (signal.aborted || page === null) return;
    board.beginLogs(page.lines);
    this.#parts.onChange();
  }

  /** One that breaks off as soon as it is there is none. */
  #hasBeenStable(): boolean {
    const { now } = this.#parts;
    const isStable = this.#liveAt !== null && now() - this.#liveAt > STABLE_MS;
    this.#liveAt = null;
    return isStable;
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#parts.onChange();
  }
}

interface Fault {
  code: string;
  why: string;
  hint: string;
  error: Error;
}

const ENDED = { code: 'E_DAEMON_AWAY', why: 'The daemon ended the stream.', hint: '' };

function faultOf(error: unknown): Fault {
  const broken = error instanceof Error ? error : new Error(String(error));
  const told = toldOf(error);
  if (told === null) return { ...ENDED, why: 'The connection broke off.', error: broken };
  return { code: told.code, why: told.message, hint: told.hint, error: broken };
}
