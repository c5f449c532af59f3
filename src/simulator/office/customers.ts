import type { Random } from '../random.ts';

export interface Customer {
  number: string;
  /** What the line's owner shows; most show nothing. */
  name: string;
}

/** Numbers set aside for fiction, with the count of digits left to draw; none of them is one of the company's own. */
const FICTIONAL_BLOCKS = [
  { prefix: '+441632960', digits: 3 },
  { prefix: '+447700900', digits: 3 },
  { prefix: '+4420794601', digits: 2 },
  { prefix: '+1202555010', digits: 1 },
  { prefix: '+1415555017', digits: 1 },
];
const FIRST = 'Alma Bert Cora Dirk Elsa Finn Gala Hugo Iris Jens Kira Lars Mona Nils Olga Pepe'.split(' ');
const LAST = 'Ash Birch Cedar Elm Fern Grove Hazel Ivy Larch Maple Oak Pine Reed Rowan Sage Willow'.split(
  ' ',
);
const HIDDEN: Customer = { number: 'anonymous', name: 'Anonymous' };
const HIDDEN_SHARE = 0.03;
const NAMED_SHARE = 0.3;

export function drawCustomer(random: Random): Customer {
  if (random.chance(HIDDEN_SHARE)) return HIDDEN;
  const block = random.pick(FICTIONAL_BLOCKS);
  const rest = String(random.integer(0, 10 ** (block?.digits ?? 0) - 1)).padStart(block?.digits ?? 0, '0');
  const isNamed = random.chance(NAMED_SHARE);
  const name = isNamed ? `${random.pick(LAST)}, ${random.pick(FIRST)}` : '';
  return { number: `${block?.prefix}${rest}`, name };
}

/** Whom the staff can call back: never a hidden number. */
export function drawReachable(random: Random): string {
  const { number } = drawCustomer(random);
  return number === HIDDEN.number ? '+441632960000' : number;
}
