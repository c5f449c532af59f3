import { AppError } from '../../../../shared/errors.ts';

const COME_BACK_SECONDS = { low: 2, high: 10 };

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
  #limits: StreamLimits;
  readonly #streams = new Set<OpenStream>();
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

  hasRoomFor(keyId: string, address: string): boolean {
    const { maxClients, maxPerKey, maxPerAddress } = this.#limits;
    return (
      this.#streams.size < maxClients &&
      (this.#ofKey.get(keyId) ?? 0) < maxPerKey &&
      (this.#ofAddress.get(address) ?? 0) < maxPerAddress
    );
  }

  /** False when there is no room; then nothing was started. */
  add(keyId: string, address: string, { start, onEnd }: NewStream): boolean {
    if (!this.hasRoomFor(keyId, address)) return false;
    const stream: OpenStream = { keyId, address, end: start() };
    this.#streams.add(stream);
    this.#count(stream, 1);
    onEnd(() => {
      if (this.#streams.delete(stream)) this.#count(stream, -1);
    });
    return true;
  }

  endOfKey(keyId: string): void {
    for (const stream of this.#streams) if (stream.keyId === keyId) stream.end('revoked');
  }

  endAll(): void {
    for (const stream of this.#streams) stream.end('stopping');
  }

  #count({ keyId, address }: OpenStream, step: 1 | -1): void {
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
