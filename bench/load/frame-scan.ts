/** What a listener is told of each text message, found near its head without JSON.parse. */
export interface FrameSink {
  /** A message that carries an event of the upstream, or another entry of the log. */
  entry(seq: number, prev: number, isEvent: boolean): void;
  /** Any other text, whole: hello, heartbeat, a gap of this client, reconnect. */
  notice(text: string): void;
  ping(payload: Buffer): void;
  closed(code: number): void;
}

/** The seq stands within so many bytes, and control frames are never longer. */
const HEAD_BYTES = 160;
const OPCODE = { text: 1, close: 8, ping: 9 } as const;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const SEQ = Buffer.from('"seq":');
const PREV = Buffer.from('"prev":');
const BARE = Buffer.from('{"sequence":');
const EVENT = Buffer.from('{"type":"call_event"');
/** How events begin now. Should that change, they are still found, only slower. */
const EVENT_LEAD = Buffer.from('{"type":"call_event","seq":');
const PREV_LEAD = Buffer.from(',"prev":');
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a WebSocket stream of a server into messages and reads only their heads: a client must cost less than what it
 * measures. One buffer is shared by all sockets, so what is left over is copied, and that is at most a head.
 */
export class FrameScan {
  readonly #sink: FrameSink;
  #rest: Buffer = NOTHING;
  #skip = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  take(chunk: Buffer): void {
    let bytes = chunk;
    let at = 0;
    if (this.#skip > 0) {
      if (chunk.length <= this.#skip) {
        this.#skip -= chunk.length;
        return;
      }
      at = this.#skip;
      this.#skip = 0;
    }
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(at)]);
      at = 0;
      this.#rest = NOTHING;
    }
    at = this.#frames(bytes, at);
    if (at > bytes.length) this.#skip = at - bytes.length;
    else if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** Returns where the first frame begins whose head is not all there; beyond the end: the last one's body goes on. */
  #frames(bytes: Buffer, from: number): number {
    let at = from;
    const end = bytes.length;
    while (end - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (end - at < head) return at;
      const length =
        short < 126
          ? short
          : short === 126
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2));
      const body = at + head;
      const seen = Math.min(end, body + length);
      if (seen - body < Math.min(length, HEAD_BYTES)) return at;
      const opcode = (bytes[at] ?? 0) & 0x0f;
      if (opcode === OPCODE.text) {
        if (!this.#text(bytes, body, length, seen)) return at;
      } else if (opcode === OPCODE.ping) this.#sink.ping(bytes.subarray(body, seen));
      else if (opcode === OPCODE.close) this.#sink.closed(length >= 2 ? bytes.readUInt16BE(body) : 1005);
      at = body + length;
      if (at > end) return at;
    }
    return at;
  }

  /** One comparison of the bytes instead of a search: nearly all messages are events, and there are millions. */
  #event(bytes: Buffer, body: number): boolean {
    if (!hasLead(bytes, body)) return false;
    let at = body + EVENT_LEAD.length;
    let seq = 0;
    let digit = (bytes[at] ?? 0) - ZERO;
    while (digit >= 0 && digit <= 9) {
      seq = seq * 10 + digit;
      digit = (bytes[++at] ?? 0) - ZERO;
    }
    if (!startsWith(bytes, at, PREV_LEAD)) return false;
    this.#sink.entry(seq, numberAt(bytes, at + PREV_LEAD.length), true);
    return true;
  }

  /** False when more of it must be there first. */
  #text(bytes: Buffer, body: number, length: number, seen: number): boolean {
    if (seen - body >= HEAD_BYTES && this.#event(bytes, body)) return true;
    if (startsWith(bytes, body, BARE)) {
      const sequence = numberAt(bytes, body + BARE.length);
      this.#sink.entry(sequence, sequence - 1, true);
      return true;
    }
    const limit = Math.min(seen, body + HEAD_BYTES);
    const seqAt = find(bytes, body, limit, SEQ);
    if (seqAt < 0) {
      if (seen - body < length) return false;
      this.#sink.notice(bytes.toString('utf8', body, seen));
      return true;
    }
    const prevAt = find(bytes, seqAt, limit, PREV);
    const prev = prevAt < 0 ? Number.NaN : numberAt(bytes, prevAt + PREV.length);
    this.#sink.entry(numberAt(bytes, seqAt + SEQ.length), prev, startsWith(bytes, body, EVENT));
    return true;
  }
}

/** The four bytes in which the kinds of messages differ, and the name of the number. */
function hasLead(bytes: Buffer, body: number): boolean {
  return (
    bytes[body + 9] === EVENT_LEAD[9] &&
    bytes[body + 13] === EVENT_LEAD[13] &&
    bytes[body + 22] === EVENT_LEAD[22] &&
    bytes[body + 26] === EVENT_LEAD[26]
  );
}

function startsWith(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

function find(bytes: Buffer, from: number, to: number, word: Buffer): number {
  const last = to - word.length;
  for (let at = from; at <= last; at++) if (bytes[at] === QUOTE && startsWith(bytes, at, word)) return at;
  return -1;
}

function numberAt(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; ; at++) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) return value;
    value = value * 10 + (digit - ZERO);
  }
}
