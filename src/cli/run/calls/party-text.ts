import { maskNumber } from '../../../shared/mask-number.ts';
import { cut } from '../../output/wrap.ts';

interface Party {
  number: string;
  name: string;
  dn: string;
}

/** `***612 Smith, Ann`: as much of it as there is room for. */
export function partyText(party: Party | null, width = Number.POSITIVE_INFINITY): string {
  if (party === null) return '-';
  const { number, name, dn } = party;
  const first = number || dn;
  return cut(name === '' || name === first ? first : `${first} ${name}`, width) || '-';
}

/** `m:ss`, or `h:mm:ss`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pair = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${pair(minutes)}:${pair(rest)}` : `${minutes}:${pair(rest)}`;
}

/** Fields in which numbers stand, ours and those of 3CX; never ids, times or places in the log. */
const HOLDS_NUMBERS =
  /number|call(er|ee|ed)|name|did|dn|phone|party|display|dial|from|uri|device|record|^to$/i;
/** Inside a longer text, such as an address or the name of a file. */
const NUMBER_INSIDE = /\+?\d[\d ()/-]{4,}\d/g;

/** Sentences: what has gaps may be a time. */
const SAYS_WHY = /reason/i;
const NUMBER_IN_SENTENCE = /\+?\d{6,}/g;

/** The same document, with phone numbers as `***123`. */
export function withoutNumbers<Value>(value: Value): Value {
  // Only texts become other texts.
  return masked(value, '') as Value;
}

function masked(value: unknown, field: string): unknown {
  if (typeof value === 'string') {
    if (SAYS_WHY.test(field)) return value.replaceAll(NUMBER_IN_SENTENCE, maskNumber);
    return HOLDS_NUMBERS.test(field) ? maskNumber(value).replaceAll(NUMBER_INSIDE, maskNumber) : value;
  }
  if (Array.isArray(value)) return value.map(one => masked(one, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, name)]));
}
