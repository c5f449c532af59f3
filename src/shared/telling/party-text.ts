import type { Call } from '../call.ts';
import { cut } from './cells.ts';

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

/** Narrow enough for a column. */
export const DIRECTION_WORDS: Record<Call['direction'], string> = {
  inbound: 'in',
  outbound: 'out',
  internal: 'int',
  unknown: '?',
};
