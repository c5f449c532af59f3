import { AppError } from '../../../../shared/errors.ts';

const COME_BACK_SECONDS = { low: 2, high: 10 };

export interface StreamLimits {
  maxClients: number;
  maxPerKey: number;
  maxPerAddress: number;
}

/** Who holds a stream, and since when. */
interface StreamHolder {
  id: string;
  kind: 'websocket' | 'events';
  keyId: string;
  keyName: string;
  address: string;
  connectedAt: number;
}

/** One open stream, as far as operators see it. */
export interface ClientStream {
  readonly state: {
    position: number;
    acked: number;
    sentBytes: number;
    pendingBytes: number;
    isLive: boolean;
  };
  end(why: StreamEnd): void;
}

/** `closed`: by an operator; key and rights are as they were. */
export type StreamEnd = 'revoked' | 'stopping' | 'closed';

export interface ConnectedClient extends StreamHolder {
  stream: ClientStream;
}

interface NewStream {
  start: () => ClientStream;
  onEnd: (ended: () => void) => void;
}

/** Who is connected for long, by key and address: caps are counted and revoked keys cut off here, for WS and SSE alike. */
export class StreamRegister {
  #limits: StreamLimits;
  readonly #streams = new Set<ConnectedClient>();
  readonly #ofKey = new Map<string, number>();
  readonly #ofAddress = new Map<string, number>();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Who is connected already stays. */
  setLimits(limits: StreamLimits): void {
    this.#limits = limits;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** The oldest connection first. */
  clients(): ConnectedClient[] {
    return [...this.#streams];
  }

  hasRoomFor(keyId: string, address: string): boolean {
    const { maxClients, maxPerKey, maxPerAddress } = this.#limits;
    return (
      this.#streams.size < maxClients &&
      (this.#ofKey.get(keyId) ?? 0) < maxPerKey &&
      (this.#ofAddress.get(address) ?? 0) < maxPerAddress
    );
  }

  /** False when there is no room; then nothing was started. */
  add(holder: StreamHolder, { start, onEnd }: NewStream): boolean {
    if (!this.hasRoomFor(holder.keyId, holder.address)) return false;
    const client: ConnectedClient = { ...holder, stream: start() };
    this.#streams.add(client);
    this.#count(client, 1);
    onEnd(() => {
      if (this.#streams.delete(client)) this.#count(client, -1);
    });
    return true;
  }

  endOfKey(keyId: string): void {
    for (const client of this.#streams) if (client.keyId === keyId) client.stream.end('revoked');
  }

  endAll(): void {
    for (const { stream } of this.#streams) stream.end('stopping');
  }

  #count({ keyId, address }: StreamHolder, step: 1 | -1): void {
    addTo(this.#ofKey, keyId, step);
    addTo(this.#ofAddress, address, step);
  }
}

export function tooManyStreams(): AppError {
  return new AppError('E_TOO_MANY_CLIENTS', {
    detail: 'The relay, this key or this address has as many connections as it may have; close some first.',
    retryAfterSeconds: comeBackSeconds(),
  });
}

/** Whoever is sent away comes back spread over some seconds, not with all the others. */
export function comeBackSeconds(): number {
  const { low, high } = COME_BACK_SECONDS;
  return low + Math.floor(Math.random() * (high - low + 1));
}

function addTo(counts: Map<string, number>, name: string, step: number): void {
  const count = (counts.get(name) ?? 0) + step;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
