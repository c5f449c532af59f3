/** 100 ns steps between 1601-01-01 (Windows FILETIME) and 1970-01-01. */
const FILETIME_EPOCH_OFFSET = 116_444_736_000_000_000n;
const FILETIME_STEPS_PER_MS = 10_000n;

/**
 * Hands out every number the PBX gives. A restart resets call, participant and record counters, but the
 * records' ids keep rising because they begin with the time (3CX: cdr_id layout, verified on samples).
 */
export class Identifiers {
  #calls = 1;
  #participants = 1;
  #records = 0;

  nextCallId(): number {
    return this.#calls++;
  }

  nextParticipantId(): number {
    return this.#participants++;
  }

  /** 4 zero bytes, 8 bytes FILETIME, 4 bytes counter. */
  nextRecordId(nowMs: number): string {
    this.#records += 1;
    const time = hex(BigInt(nowMs) * FILETIME_STEPS_PER_MS + FILETIME_EPOCH_OFFSET, 16);
    const count = hex(BigInt(this.#records), 8);
    const pieces = [
      '00000000',
      time.slice(0, 4),
      time.slice(4, 8),
      time.slice(8, 12),
      time.slice(12) + count,
    ];
    // A joined array is one flat string; a template is a tree of its pieces, four times the memory for as long as
    // a record is kept.
    return pieces.join('-');
  }

  reset(): void {
    this.#calls = 1;
    this.#participants = 1;
    this.#records = 0;
  }
}

function hex(value: bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
