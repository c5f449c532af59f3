import type { Clock, HealthReporter } from '../../../core/ports.ts';
import { ProtocolError } from '../bounded-json.ts';
import { PbxError } from '../http/pbx-error.ts';
import type { XapiClient } from '../http/xapi-client.ts';
import { parseDnList } from '../messages.ts';
import { kindOfType } from '../normalise.ts';
import type { ThreeCxLimits } from '../options.ts';
import type { Blindness } from './blindness.ts';
import type { LiveState } from './live-state.ts';
import { Poll } from './poll.ts';

const SNAPSHOT_PATH = '/callcontrol';

/** The socket as a snapshot sees it. */
export interface SocketView {
  readonly isOpen: boolean;
  /** Another number for every connection. */
  readonly connection: number;
  /** Frames this connection has brought. */
  readonly frames: number;
  snapshotBegins(): void;
  isPending(leg: { dn: string; id: number }): boolean;
  /** `monitored`: numbers shown besides route points of API clients. */
  snapshotTaken(monitored: number): void;
  snapshotFailed(error: unknown): void;
  /** The link is alive but brings nothing: events were missed since then. */
  zombieFound(sinceMs: number): void;
}

interface SnapshotParts {
  client: XapiClient;
  state: LiveState;
  blindness: Blindness;
  socket: SocketView;
  health: HealthReporter;
  clock: Clock;
  limits: ThreeCxLimits;
  onFault: (error: unknown) => void;
}

/** The whole picture by REST: after each connect, and every minute to find what events did not tell. */
export class Snapshots {
  readonly poll: Poll;
  readonly #parts: SnapshotParts;
  /** The last snapshot on this connection, and how many frames it had brought by then. */
  #agreed: { connection: number; frames: number; at: number } | null = null;
  #last: { at: number; agrees: boolean } | null = null;
  #suspicion: { connection: number; frames: number; since: number } | null = null;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    const { clock, limits, onFault } = parts;
    this.poll = new Poll({
      work: signal => this.#once(signal),
      onFault,
      gapMinMs: limits.pollGapMinMs,
      clock,
      // Before the socket is open there is nothing to complete; it nudges when it opens.
      firstInMs: limits.snapshotWhileDownMs,
    });
  }

  /** True while a socket that answers pings may be one that brings no events. */
  get isSuspicious(): boolean {
    return this.#suspicion !== null;
  }

  /** When the last one came, and whether it showed what the events had told. */
  get last(): { at: number; agrees: boolean } | null {
    return this.#last;
  }

  async #once(signal: AbortSignal): Promise<number> {
    const { client, state, blindness, socket, clock, limits } = this.#parts;
    if (this.#isZombie()) return limits.snapshotRetryMs;
    const { connection } = socket;
    const at = clock.now();
    socket.snapshotBegins();
    state.book.snapshotBegins();
    try {
      const dns = parseDnList(await client.get(SNAPSHOT_PATH, { signal, isUrgent: true }));
      // Dropped or dialled anew meanwhile: what was held belongs to another connection.
      if (signal.aborted || socket.connection !== connection) return 0;
      const { missed, isRestart } = state.takeSnapshot(dns, leg => socket.isPending(leg));
      this.#compare({ missed, isRestart, at });
      socket.snapshotTaken(dns.filter(({ type }) => kindOfType(type) !== 'routepoint').length);
      if (this.#suspicion) return limits.zombieGraceMs;
      if (socket.isOpen) blindness.heard(at);
      return socket.isOpen ? limits.snapshotEveryMs : limits.snapshotWhileDownMs;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): number {
    const { socket, health, limits } = this.#parts;
    if (error instanceof PbxError && error.fault === 'stopped') return 0;
    if (error instanceof ProtocolError) {
      health.incident({ code: error.code, place: 'snapshot', detail: error.message });
    }
    socket.snapshotFailed(error);
    const isRefused = error instanceof PbxError && (error.fault === 'forbidden' || error.fault === 'missing');
    const askedMs = error instanceof PbxError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    return Math.max(askedMs, isRefused ? limits.refusedRetryMs : limits.snapshotRetryMs);
  }

  /** A difference while frames arrive is a lost event; without a single frame since the last time it may be all. */
  #compare({ missed, isRestart, at }: { missed: number; isRestart: boolean; at: number }): void {
    const { socket, health } = this.#parts;
    const { connection, frames } = socket;
    const before = this.#agreed;
    this.#suspicion = null;
    const isFirst = before?.connection !== connection;
    this.#last = { at, agrees: missed === 0 || isRestart || isFirst };
    if (socket.isOpen) this.#agreed = { connection, frames, at };
    if (missed === 0 || isRestart || !socket.isOpen || before?.connection !== connection) return;
    health.incident({
      code: 'snapshot_disagreement',
      place: 'callcontrol',
      detail: `A snapshot showed ${missed} leg(s) that began, changed or ended without an event. The calls are corrected.`,
    });
    if (before.frames === frames) this.#suspicion = { connection, frames, since: before.at };
  }

  #isZombie(): boolean {
    const suspicion = this.#suspicion;
    this.#suspicion = null;
    const { socket } = this.#parts;
    if (!suspicion || suspicion.connection !== socket.connection || suspicion.frames !== socket.frames)
      return false;
    socket.zombieFound(suspicion.since);
    return true;
  }
}
