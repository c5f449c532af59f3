import { randomBytes } from 'node:crypto';

const TIME_CHARS = 10;
const RANDOM_CHARS = 12;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `3cx:01JC…`: sorts by time, never comes twice, and says which source the call is from. */
export function newCallId(source: string, at: number): string {
  let time = '';
  for (let rest = at; time.length < TIME_CHARS; rest = Math.floor(rest / ALPHABET.length)) {
    time = ALPHABET.charAt(rest % ALPHABET.length) + time;
  }
  const chance = [...randomBytes(RANDOM_CHARS)].map(byte => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return `${source}:${time}${chance}`;
}
