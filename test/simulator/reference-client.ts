import WebSocket from 'ws';

/**
 * A client written from the facts about 3CX alone: token, socket first, snapshot, a GET per upsert in order, 404
 * means removed. It imports nothing of the simulator, so that it can find it lying.
 */
interface SeenParticipant {
  id: number;
  dn: string;
  status: string;
  callid: number;
  [field: string]: unknown;
}

interface SeenFrame {
  receivedAt: number;
  eventType: number;
  entity: string;
  sequence: number;
  /** Which of the client's sockets it came over, counted from 1. */
  socket: number;
  data: unknown;
}

interface SeenState {
  receivedAt: number;
  participant: SeenParticipant;
}

/** The real one waits 5 s; stories are played about a hundred times faster. */
const RETRY_MS = 20;

export class ReferenceClient {
  readonly frames: SeenFrame[] = [];
  /** Every state a GET has shown, in order. */
  readonly states: SeenState[] = [];
  readonly participants = new Map<string, SeenParticipant>();
  readonly #baseUrl: string;
  readonly #credentials: { clientId: string; clientSecret: string };
  #token = '';
  #renewAt = 0;
  #socket: WebSocket | undefined;
  #work: Promise<void> = Promise.resolve();
  /** The first thing that went wrong with a GET nobody waits for; told to who asks whether we caught up. */
  #failure: unknown;
  readonly #closing = new AbortController();
  #sockets = 0;
  #isWanted = false;

  constructor(baseUrl: string, credentials: { clientId: string; clientSecret: string }) {
    this.#baseUrl = baseUrl;
    this.#credentials = credentials;
  }

  async connect(): Promise<void> {
    this.#isWanted = true;
    const token = await this.token();
    const socket = new WebSocket(`${this.#baseUrl.replace('http', 'ws')}/callcontrol/ws`, {
      headers: { authorization: `Bearer ${token}` },
    });
    this.#socket = socket;
    socket.on('message', data => this.#receive(String(data)));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    this.#sockets += 1;
    socket.on('close', () => {
      if (this.#isWanted) setTimeout(() => this.#reconnect(), RETRY_MS);
    });
    await this.#inOrder(() => this.#resync());
  }

  /** Resolves when nothing of it is under way any more. */
  async close(): Promise<void> {
    this.#isWanted = false;
    this.#closing.abort();
    this.#socket?.terminate();
    await this.#work;
  }

  /** All GETs that frames so far have asked for are answered; rejects if one of them was not. */
  async caughtUp(): Promise<void> {
    await this.#work;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async token(): Promise<string> {
    if (Date.now() < this.#renewAt) return this.#token;
    const response = await fetch(`${this.#baseUrl}/connect/token`, {
      method: 'POST',
      signal: this.#closing.signal,
      body: new URLSearchParams({
        client_id: this.#credentials.clientId,
        client_secret: this.#credentials.clientSecret,
        grant_type: 'client_credentials',
      }),
    });
    if (response.status !== 200) throw new Error(`The token endpoint answered ${response.status}`);
    const { access_token: text } = (await response.json()) as { access_token: string };
    const { exp } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as {
      exp: number;
    };
    this.#token = text;
    this.#renewAt = exp * 1000 - 300_000;
    return text;
  }

  /** GET with exactly one renewal of the token on a 401. */
  async get(path: string): Promise<Response> {
    const first = await this.#fetch(path);
    if (first.status !== 401) return first;
    this.#renewAt = 0;
    return this.#fetch(path);
  }

  async #fetch(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${await this.token()}` };
    return fetch(this.#baseUrl + path, { headers, signal: this.#closing.signal });
  }

  #receive(text: string): void {
    const { sequence, event } = JSON.parse(text) as {
      sequence: number;
      event: { event_type: number; entity: string; attached_data: unknown };
    };
    const receivedAt = Date.now();
    const { event_type: eventType, entity } = event;
    this.frames.push({
      receivedAt,
      eventType,
      entity,
      sequence,
      socket: this.#sockets,
      data: event.attached_data,
    });
    if (!entity.includes('/participants/')) return;
    if (eventType === 0) void this.#inOrder(() => this.#look(entity, receivedAt));
    if (eventType === 1) {
      void this.#inOrder(async () => {
        this.participants.delete(entity);
      });
    }
  }

  async #look(entity: string, receivedAt: number): Promise<void> {
    const response = await this.get(entity);
    if (response.status === 404) {
      this.participants.delete(entity);
      return;
    }
    const participant = (await response.json()) as SeenParticipant;
    this.participants.set(entity, participant);
    this.states.push({ receivedAt, participant });
  }

  async #resync(): Promise<void> {
    const response = await this.get('/callcontrol');
    const dns = (await response.json()) as { dn: string; participants: SeenParticipant[] }[];
    this.participants.clear();
    for (const { dn, participants } of dns) {
      for (const participant of participants) {
        this.participants.set(`/callcontrol/${dn}/participants/${participant.id}`, participant);
      }
    }
  }

  #reconnect(): void {
    if (this.#isWanted) this.connect().catch(() => setTimeout(() => this.#reconnect(), RETRY_MS));
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch(error => {
      if (this.#isWanted) this.#failure ??= error;
    });
    return this.#work;
  }
}
