import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Leg } from '../exchange/call.ts';
import type { Occurrence } from '../exchange/occurrence.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import { parseTarget } from '../front/http.ts';
import type { Tokens } from '../front/tokens.ts';
import type { KnobBoard } from '../knobs.ts';
import type { Random } from '../random.ts';
import { EVENT_TYPE, type Frame, participantEntity } from './frame.ts';
import { participantOf } from './participant.ts';
import type { CallControlRest } from './rest.ts';
import { SocketClient } from './socket-client.ts';
import { answerSocketRequest } from './socket-request.ts';
import { isTold, mayControlCalls, monitoredDns } from './visibility.ts';

interface SocketParts {
  switchboard: Switchboard;
  knobs: KnobBoard;
  tokens: Tokens;
  rest: CallControlRest;
  random: Random;
}

/** The vendor warns of a size limit on socket messages without naming it. */
const MESSAGE_MAX_BYTES = 65_536;
const SOCKET_PATH = '/callcontrol/ws';

/** The call control socket: every open client hears of every visible leg at once, without asking. */
export class CallControlSocket {
  readonly #parts: SocketParts;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<SocketClient>();
  #visible: Set<string>;
  #framesSent = 0;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Pings are answered by hand, so that a half-open link can fall silent.
      autoPong: false,
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
    });
    this.#visible = monitoredDns(parts.switchboard.directory, parts.knobs.current);
    parts.knobs.onTurn(knobs => {
      this.#visible = monitoredDns(parts.switchboard.directory, knobs);
    });
    parts.switchboard.onOccurrence(occurrence => this.#tell(occurrence));
    parts.tokens.onReplaced(() => this.closeAll(1001));
  }

  get clients(): ReadonlySet<SocketClient> {
    return this.#clients;
  }

  get framesSent(): number {
    return this.#framesSent;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const status = this.#refusal(request);
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, webSocket => this.#welcome(webSocket, socket));
  }

  /** Sends a frame of our own making to everybody; `raw` goes out as it is, `eventText` in an envelope. */
  inject(made: Frame['event'] | { raw: string } | { eventText: string }): void {
    for (const client of this.#clients) {
      if ('raw' in made) client.sendRaw(made.raw);
      else client.send('eventText' in made ? made.eventText : JSON.stringify(made));
    }
  }

  cutAllInMidFrame(): void {
    for (const client of this.#clients) client.cutInMidFrame();
  }

  closeAll(code: number): void {
    for (const client of this.#clients) client.close(code);
  }

  stop(): void {
    for (const client of this.#clients) client.destroy();
  }

  #refusal(request: IncomingMessage): number | null {
    const { knobs, tokens } = this.#parts;
    const { socketStatus, consoleRestricted } = knobs.current;
    const url = parseTarget(request.url);
    if (!url) return 400;
    if (url.pathname !== SOCKET_PATH) return 404;
    if (socketStatus !== null) return socketStatus;
    if (consoleRestricted) return 403;
    if (!tokens.accepts(request.headers.authorization)) return 401;
    return mayControlCalls(knobs.current) ? null : 403;
  }

  #welcome(webSocket: WebSocket, raw: Duplex): void {
    const { knobs, rest } = this.#parts;
    const onSent = (): void => {
      this.#framesSent += 1;
    };
    const client = new SocketClient({ webSocket, raw, knobs, onSent });
    this.#clients.add(client);
    webSocket.on('close', () => this.#clients.delete(client));
    webSocket.on('message', (data, isBinary) => {
      if (!isBinary) client.send(JSON.stringify(answerSocketRequest(rest, String(data))));
    });
  }

  #tell(occurrence: Occurrence): void {
    if (occurrence.kind === 'recordClosed') return;
    if (occurrence.kind === 'restarted') {
      this.closeAll(1001);
      return;
    }
    if (this.#clients.size === 0 || !isTold(occurrence, this.#visible)) return;
    const { knobs, random } = this.#parts;
    const isRemove = occurrence.kind === 'legGone';
    if (isRemove && knobs.current.socketMissedRemoves > 0 && random.chance(knobs.current.socketMissedRemoves))
      return;
    const times = occurrence.kind === 'legChanged' ? 1 + knobs.current.socketRepeats : 1;
    const event = JSON.stringify(this.#eventOf(occurrence));
    for (const client of this.#clients) {
      for (let time = 0; time < times; time++) client.send(event);
    }
  }

  #eventOf(occurrence: Extract<Occurrence, { leg: Leg }>): Frame['event'] {
    const { leg } = occurrence;
    const entity = participantEntity(leg.own.dn, leg.id);
    const { knobs, switchboard } = this.#parts;
    switch (occurrence.kind) {
      case 'legGone':
        return { event_type: EVENT_TYPE.remove, entity, attached_data: null };
      case 'digitsPressed':
        return { event_type: EVENT_TYPE.dtmf, entity, attached_data: { dtmf_input: occurrence.digits } };
      case 'legChanged': {
        const data = knobs.current.attachedData
          ? participantOf(leg, switchboard.directory, knobs.current)
          : null;
        return { event_type: EVENT_TYPE.upsert, entity, attached_data: data };
      }
    }
  }
}
