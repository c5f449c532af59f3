import type { Clock, EventSink, HealthReporter } from '../../../core/ports.ts';
import { ReconnectingSocket, type SocketListener } from '../../reconnecting-socket.ts';
import type { ConnectionEnd, SocketAddress } from '../../socket-connection.ts';
import { ProtocolError } from '../bounded-json.ts';
import { wordsOf } from '../http/pbx-error.ts';
import type { XapiClient } from '../http/xapi-client.ts';
import type { Blindness } from '../live/blindness.ts';
import type { LiveState } from '../live/live-state.ts';
import type { SocketView } from '../live/snapshots.ts';
import { attachedParticipant, EVENT_TYPE, type Frame, parseFrame } from '../messages.ts';
import { draftOfFrame, legOfEntity } from '../normalise.ts';
import type { ThreeCxLimits } from '../options.ts';
import type { CallControlHealth } from './callcontrol-health.ts';
import { askForLeg } from './leg-question.ts';
import { type LegId, Participants } from './participants.ts';

interface CallControlParts {
  address: (signal: AbortSignal) => Promise<SocketAddress>;
  /** After a refused upgrade: ms until the next attempt, or null for the usual. */
  refusedRetryMs: (end: ConnectionEnd) => number | null;
  client: XapiClient;
  state: LiveState;
  blindness: Blindness;
  events: CallControlHealth;
  sink: EventSink;
  health: HealthReporter;
  clock: Clock;
  limits: ThreeCxLimits;
  signal: AbortSignal;
  random?: () => number;
}

const KNOWN_EVENTS = new Set<number>(Object.values(EVENT_TYPE));

/** The live socket of 3CX: every frame into the log at once, and what it means soon after. */
export class CallControl implements SocketListener, SocketView {
  readonly socket: ReconnectingSocket;
  readonly #parts: CallControlParts;
  readonly #participants: Participants;
  #connection = 0;
  #frames = 0;
  #lastEventAt: number | null = null;
  #lastPongAt: number | null = null;

  constructor(parts: CallControlParts) {
    this.#parts = parts;
    const { clock, limits, random } = parts;
    this.socket = new ReconnectingSocket({
      listener: this,
      limits: limits.socket,
      clock,
      ...(random && { random }),
    });
    const question = {
      client: parts.client,
      signal: parts.signal,
      incident: (code: string, detail: string) => this.#incident(code, detail),
      snapshotDue: () => parts.events.snapshotDue(),
    };
    this.#participants = new Participants({
      ask: (leg, at) => askForLeg(question, { leg, at }),
      found: finding => {
        if (parts.state.take(finding)) parts.events.snapshotDue();
      },
      overflowed: () => this.#overflowed(),
      askingMax: limits.requestsMax,
      questionsMax: limits.questionsMax,
    });
  }

  get isOpen(): boolean {
    return this.socket.isOpen;
  }

  get connection(): number {
    return this.#connection;
  }

  get frames(): number {
    return this.#frames;
  }

  /** When it last showed that it lives, and when that it delivers; of any connection so far. */
  get signs(): { isOpen: boolean; lastPongAt: number | null; lastEventAt: number | null } {
    return { isOpen: this.isOpen, lastPongAt: this.#lastPongAt, lastEventAt: this.#lastEventAt };
  }

  // The socket's side

  address(signal: AbortSignal): Promise<SocketAddress> {
    return this.#parts.address(signal);
  }

  retryInMs(end: ConnectionEnd): number | null {
    return this.#parts.refusedRetryMs(end);
  }

  opened(): void {
    this.#connection += 1;
    this.#frames = 0;
    this.#participants.hold();
    this.#parts.events.opened();
    this.#parts.events.snapshotDue();
  }

  closed(end: ConnectionEnd & { nextAttemptAt: number }): void {
    const { blindness, state, events } = this.#parts;
    this.#participants.hold();
    if (end.wasOpen) {
      this.#connection += 1;
      state.watch.connectionLost();
      if (end.heardAt !== null) blindness.begin(end.heardAt, `Call control was lost: ${end.reason}.`);
    }
    events.closed({ ...end, isForbidden: end.status === 403 });
  }

  pong(latencyMs: number): void {
    this.#lastPongAt = this.#parts.clock.now();
    this.#parts.events.pong(latencyMs);
  }

  text(text: string): void {
    const { sink, clock } = this.#parts;
    const time = clock.now();
    this.#frames += 1;
    this.#lastEventAt = time;
    let frame: Frame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      this.#unreadable({ text, error, time });
      return;
    }
    sink.append(draftOfFrame({ text, entity: frame.entity, time }));
    this.#understand(frame, time);
  }

  binary(): void {
    const error = new ProtocolError('binary_frame', 'A binary frame came; 3CX sends text only');
    this.#unreadable({ text: null, error, time: this.#parts.clock.now() });
  }

  // The snapshots' side

  snapshotBegins(): void {
    this.#participants.dropHeld();
  }

  isPending(leg: LegId): boolean {
    return this.#participants.isPending(leg);
  }

  snapshotTaken(monitored: number): void {
    const { blindness, events } = this.#parts;
    this.#participants.snapshotApplied();
    if (!this.isOpen) return;
    this.#participants.release();
    blindness.end();
    events.settled(monitored);
  }

  snapshotFailed(error: unknown): void {
    if (this.isOpen) this.#parts.events.unsettled(error);
  }

  zombieFound(since: number): void {
    const why = 'snapshot disagreement: the socket answers pings but brings no events';
    this.#parts.blindness.begin(since, `Call control was replaced, ${why}.`);
    this.#incident('socket_zombie', `The socket was replaced: ${why}.`);
    this.socket.drop(why);
  }

  #understand({ eventType, entity, attachedData }: Frame, at: number): void {
    if (!KNOWN_EVENTS.has(eventType)) {
      this.#incident(
        'unknown_event_type',
        `3CX sent an event of type ${eventType}; it is passed on as it is.`,
      );
      return;
    }
    const leg = legOfEntity(entity);
    if (leg === null) return;
    if (eventType === EVENT_TYPE.remove) this.#participants.removed(leg, at);
    if (eventType === EVENT_TYPE.upsert) {
      const told = attachedParticipant(attachedData);
      this.#participants.upserted(leg, { told: told?.id === leg.id && told.dn === leg.dn ? told : null, at });
    }
  }

  /** Kept in the log when it is JSON at all; what it meant is a hole that a snapshot mends. */
  #unreadable({ text, error, time }: { text: string | null; error: unknown; time: number }): void {
    const { sink, blindness, events } = this.#parts;
    const code = error instanceof ProtocolError ? error.code : 'unreadable_frame';
    this.#incident(code, wordsOf(error));
    const isJson = text !== null && code === 'unknown_frame';
    if (isJson) sink.append(draftOfFrame({ text, entity: null, time }));
    else blindness.begin(time, 'The phone system sent a frame that cannot be read.');
    events.snapshotDue();
  }

  #overflowed(): void {
    this.#incident('questions_overflow', 'Too many legs changed at once; one snapshot is read instead.');
    this.#parts.events.snapshotDue();
  }

  #incident(code: string, detail: string): void {
    this.#parts.health.incident({ code, place: 'callcontrol', detail });
  }
}
