export interface StreamLimits {
  maxClients: number;
  maxPerKey: number;
  maxPerAddress: number;
}

interface OpenStream {
  keyId: string;
  address: string;
  end: (why: 'revoked' | 'stopping') => void;
}

interface NewStream {
  /** Begins the stream and returns how to end it. */
  start: () => (why: 'revoked' | 'stopping') => void;
  onEnd: (ended: () => void) => void;
}

/** Who is connected for long, by key and address: caps are counted and revoked keys cut off here, for WS and SSE alike. */
export class StreamRegister {
  readonly #limits: StreamLimits;
  readonly #streams = new Set<OpenStream>();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#streams.size;
  }

  hasRoomFor(keyId: string, address: string): boolean {
    let ofKey = 0;
    let ofAddress = 0;
    for (const stream of this.#streams) {
      if (stream.keyId === keyId) ofKey += 1;
      if (stream.address === address) ofAddress += 1;
    }
    const { maxClients, maxPerKey, maxPerAddress } = this.#limits;
    return this.#streams.size < maxClients && ofKey < maxPerKey && ofAddress < maxPerAddress;
  }

  /** False when there is no room; then nothing was started. */
  add(keyId: string, address: string, { start, onEnd }: NewStream): boolean {
    if (!this.hasRoomFor(keyId, address)) return false;
    const stream: OpenStream = { keyId, address, end: start() };
    this.#streams.add(stream);
    onEnd(() => this.#streams.delete(stream));
    return true;
  }

  endOfKey(keyId: string): void {
    for (const stream of this.#streams) if (stream.keyId === keyId) stream.end('revoked');
  }

  endAll(): void {
    for (const stream of this.#streams) stream.end('stopping');
  }
}
