const DIGITS_SHOWN = 3;
/** Extensions and queues are at most this long; they name a desk here, not a caller. */
const EXTENSION_DIGITS_MAX = 5;

/** A caller's number as logs may show it: `***101`. Anything that is no number stays. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (digits.length <= EXTENSION_DIGITS_MAX || /[^\d\s()+./-]/.test(number)) return number;
  return `***${digits.slice(-DIGITS_SHOWN)}`;
}

/** Our own keys: the id may be seen, it is how a key is spoken of. Also caught when cut short. */
const RELAY_KEY = /rk_([0-9a-z]{1,16})_[0-9a-f]{4,}(?:_[0-9a-z]*)?/gi;
/** Tokens of logins, ours and the PBX's, and the tokens of operators that lie in files. */
const TOKEN = /(?<![\w-])(?:eyJ[\w-]{8,2000}\.[\w-]{8,2000}(?:\.[\w-]{0,1000})?|(?:rop|rsu)_[0-9a-f]{8,64})/g;

/** Keys and tokens that somebody put where names and ids belong: known by their form. */
export function maskTokens(text: string): string {
  return text.replace(RELAY_KEY, 'rk_$1_***').replace(TOKEN, '***');
}
