import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const REQUEST_LINE = /^(?:GET|POST|OPTIONS) \S+(?= HTTP\/1\.1\r\n)/;
const BAD_GATEWAY = 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** The network between a page and the relay: it can be cut, and a proxy in it can miss the relay for a while. */
export class Line {
  /** The first line of each request that came, such as `GET /relay/health`. */
  readonly requests: string[] = [];
  /** Those of them that a proxy answered in the relay's place. */
  readonly missed: string[] = [];
  #isRelayMissing = false;
  readonly #relayUrl: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(relayUrl: string) {
    this.#relayUrl = relayUrl;
    this.#server = createServer(client => this.#join(client));
  }

  static async to(relayUrl: string): Promise<Line> {
    const line = new Line(relayUrl);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Every connection is cut, and until `relayIsBack` each request is answered as proxies do without a relay. */
  missRelay(): void {
    this.#isRelayMissing = true;
    this.cut();
  }

  relayIsBack(): void {
    this.#isRelayMissing = false;
  }

  stop(): void {
    this.#server.close();
    this.cut();
  }

  #join(client: Socket): void {
    this.#watch(client);
    client.on('data', (chunk: Buffer) => {
      const [request] = REQUEST_LINE.exec(chunk.toString('latin1')) ?? [];
      if (request === undefined) return;
      this.requests.push(request);
      if (!this.#isRelayMissing) return;
      this.missed.push(request);
      client.end(BAD_GATEWAY);
    });
    if (this.#isRelayMissing) return;
    const { hostname, port } = new URL(this.#relayUrl);
    const relay = connect(Number(port), hostname);
    this.#watch(relay);
    client.pipe(relay).pipe(client);
    client.on('close', () => relay.destroy());
    relay.on('close', () => client.destroy());
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
