/** Frames of RFC 6455 as a server sends them: whole, not masked. ws makes all others; these are made once for many. */
const FINAL_TEXT = 0x81;
const FINAL_PING = 0x89;
const LENGTH_16_BIT = 126;
const LENGTH_64_BIT = 127;
const LENGTH_7_BIT_MAX = 125;
const LENGTH_16_BIT_MAX = 65_535;
const HEADER_MAX_BYTES = 10;
/** UTF-8 needs at most so many bytes for one unit of a string. */
const BYTES_PER_UNIT_MAX = 3;
const SCRATCH_BYTES = 262_144;
/** One giant message must not keep its room for ever. */
const SCRATCH_KEPT_BYTES = 2_097_152;

export const EMPTY_PING = Buffer.from([FINAL_PING, 0]);

/** All writers share it: each is used from its first frame to its bytes within one turn. */
let scratch = Buffer.allocUnsafe(SCRATCH_BYTES);

/** Several text messages in one buffer, encoded in place: nothing is copied but the result. */
export class FrameWriter {
  #end = 0;

  add(text: string): void {
    this.#makeRoom(text.length * BYTES_PER_UNIT_MAX + HEADER_MAX_BYTES);
    // How long it gets is nearly always clear from the number of units alone; else it is counted.
    const isShort = text.length * BYTES_PER_UNIT_MAX <= LENGTH_7_BIT_MAX;
    const isMiddle = text.length > LENGTH_7_BIT_MAX && text.length * BYTES_PER_UNIT_MAX <= LENGTH_16_BIT_MAX;
    const known = isShort ? 0 : isMiddle ? LENGTH_16_BIT_MAX : Buffer.byteLength(text);
    const start = this.#end + headerBytes(known);
    const length = scratch.write(text, start);
    writeHeader(this.#end, length);
    this.#end = start + length;
  }

  /** Ends the writer. */
  bytes(): Buffer {
    const bytes = Buffer.from(scratch.subarray(0, this.#end));
    if (scratch.length > SCRATCH_KEPT_BYTES) scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
    return bytes;
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= scratch.length) return;
    const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, this.#end + bytes));
    scratch.copy(larger, 0, 0, this.#end);
    scratch = larger;
  }
}

export function textFrame(text: string): Buffer {
  const frames = new FrameWriter();
  frames.add(text);
  return frames.bytes();
}

function headerBytes(length: number): number {
  if (length <= LENGTH_7_BIT_MAX) return 2;
  return length <= LENGTH_16_BIT_MAX ? 4 : HEADER_MAX_BYTES;
}

function writeHeader(offset: number, length: number): void {
  scratch[offset] = FINAL_TEXT;
  if (length <= LENGTH_7_BIT_MAX) {
    scratch[offset + 1] = length;
  } else if (length <= LENGTH_16_BIT_MAX) {
    scratch[offset + 1] = LENGTH_16_BIT;
    scratch.writeUInt16BE(length, offset + 2);
  } else {
    scratch[offset + 1] = LENGTH_64_BIT;
    scratch.writeBigUInt64BE(BigInt(length), offset + 2);
  }
}
