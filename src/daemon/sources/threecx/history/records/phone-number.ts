/**
 * From so many digits on, a number is found by its end: `2079460101` finds `+44 20 7946 0101`. Fewer digits are an
 * extension or a service, and are only found whole.
 */
export const NUMBER_TAIL_DIGITS = 7;

/** Without what people write between digits; anything else stays and so matches nothing. */
export function comparableNumber(text: string): string {
  return text.replace(/[+ \-()./]/g, '');
}

export function isSameNumber(number: string, wanted: string): boolean {
  return isSameComparable(comparableNumber(number), comparableNumber(wanted));
}

/** The same for numbers that are comparable already. */
export function isSameComparable(number: string, wanted: string): boolean {
  if (wanted === '') return false;
  return wanted.length < NUMBER_TAIL_DIGITS ? number === wanted : number.endsWith(wanted);
}
