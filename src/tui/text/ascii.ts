import { widthOf } from '../../shared/telling/cells.ts';

const STAND_INS: Record<string, string> = {
  ...{ '…': '~', '·': '.', '×': 'x', '→': '>', '–': '-', '—': '-', '‘': "'", '’': "'", '“': '"', '”': '"' },
  ...{ ß: 's', ø: 'o', Ø: 'O', æ: 'a', Æ: 'A', ł: 'l', Ł: 'L', đ: 'd', ð: 'd', þ: 't', ı: 'i' },
};

/** For terminals that know nothing else: as wide as before, the nearest letter or a question mark for each. */
export function asAscii(text: string): string {
  let plain = '';
  for (const letter of text) plain += letter <= '~' ? letter : nearest(letter);
  return plain;
}

function nearest(letter: string): string {
  const [base = ''] = letter.normalize('NFKD');
  const found = STAND_INS[letter] ?? (base <= '~' ? base : '?');
  const width = widthOf(letter);
  return width === 0 ? '' : found.padEnd(width, '?');
}
