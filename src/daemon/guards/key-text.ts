import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 4;
const SECRET_BYTES = 32;
/** 32 bits: enough to keep made-up keys away from bcrypt, which is all it is for. */
const CHECK_DIGITS = 8;
const PATTERN = /^rk_([0-9a-f]{8})_([0-9a-f]{64})_([0-9a-f]{8})$/;
const KEY_CHARS = 'rk_'.length + ID_BYTES * 2 + 1 + SECRET_BYTES * 2 + 1 + CHECK_DIGITS;

export interface KeyParts {
  /** Names the key everywhere; no secret. */
  id: string;
  secret: string;
}

/** `rk_<id>_<64 hex>_<check>` */
export function makeKey(checkSecret: string): KeyParts & { text: string } {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  return { id, secret, text: `rk_${id}_${secret}_${checkOf({ id, secret }, checkSecret)}` };
}

/** Null when it cannot be one of ours; microseconds, so that made-up keys cost nothing. */
export function takeApart(text: string, checkSecret: string): KeyParts | null {
  if (text.length !== KEY_CHARS) return null;
  const [, id, secret, check] = PATTERN.exec(text) ?? [];
  if (id === undefined || secret === undefined || check === undefined) return null;
  const expected = checkOf({ id, secret }, checkSecret);
  return timingSafeEqual(Buffer.from(check), Buffer.from(expected)) ? { id, secret } : null;
}

function checkOf({ id, secret }: KeyParts, checkSecret: string): string {
  return createHmac('sha256', checkSecret).update(`${id}_${secret}`).digest('hex').slice(0, CHECK_DIGITS);
}
