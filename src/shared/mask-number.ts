const DIGITS_SHOWN = 3;
/** Extensions and queues are at most this long; they name a desk here, not a caller. */
const EXTENSION_DIGITS_MAX = 5;

/** A caller's number as logs may show it: `***101`. Anything that is no number stays. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (digits.length <= EXTENSION_DIGITS_MAX || /[^\d\s()+./-]/.test(number)) return number;
  return `***${digits.slice(-DIGITS_SHOWN)}`;
}
