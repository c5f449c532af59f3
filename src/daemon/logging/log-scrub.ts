import { maskNumber, maskTokens } from '../../shared/masks.ts';

// Counts are bounded in all of these: a caller may choose what stands in a line, and must not make us slow by it.
const SECRET_WORD = 'passw(?:or)?d|passphrase|secret|token|ticket|api[_-]?key|authorization|cookie|pwd';
const CREDENTIALS = /\b(Bearer|Basic)(?:\s{1,4}|%20)[^\s"'\\,;]+/gi;
/** `token=…`, `?api_key=…`, `password: …`, also with = or : encoded. */
const ASSIGNED = new RegExp(
  `((?:${SECRET_WORD})[\\w-]{0,40}\\s{0,4}(?:=|%3D|:(?!["\\\\])|%3A)\\s{0,4})(?!\\*\\*\\*)[^\\s&"'\\\\,;]+`,
  'gi',
);
/** A field of this line. */
const FIELD = new RegExp(`("[^"\\\\]{0,80}(?:${SECRET_WORD})[^"\\\\]{0,80}":)"(?:[^"\\\\]|\\\\.)*"`, 'gi');
/** A field of JSON that stands as text within a field of this line. */
const NESTED_FIELD = new RegExp(
  `(\\\\"[^"\\\\]{0,80}(?:${SECRET_WORD})[^"\\\\]{0,80}\\\\"\\s{0,4}:\\s{0,4})\\\\"(?:[^"\\\\]|\\\\\\\\(?:\\\\["\\\\]|[^"\\\\]))*\\\\"`,
  'gi',
);
const E164 = /(?:\+|%2B)\d{7,15}(?!\d)/gi;

/** A password of digits may stand where JSON expects a number, and `***` is none. */
const NUMBER_LIKE = /^[\d.eE+-]+$/;

/** Shorter ones would also hit words and numbers that are no secrets. */
const SECRET_CHARS_MIN = 4;

interface ScrubOptions {
  /** Numbers of callers are personal: shown whole only at debug and below. */
  isShowingNumbers: boolean;
}

/** Makes the last look at every line of the log: whatever got this far and looks like a secret goes. The line stays JSON. */
export function createScrub(secrets: readonly string[]): (line: string, options: ScrubOptions) => string {
  const literals = [...new Set(secrets.filter(({ length }) => length >= SECRET_CHARS_MIN).flatMap(spellings))]
    // The longest first, so that none is cut by one it contains.
    .toSorted((a, b) => b.length - a.length);
  return (line, { isShowingNumbers }) => {
    let clean = line;
    for (const literal of literals)
      clean = clean.replaceAll(literal, NUMBER_LIKE.test(literal) ? '9' : '***');
    clean = maskTokens(clean)
      .replace(FIELD, '$1"***"')
      .replace(NESTED_FIELD, '$1\\"***\\"')
      .replace(CREDENTIALS, '$1 ***')
      .replace(ASSIGNED, '$1***');
    return isShowingNumbers ? clean : clean.replace(E164, number => maskNumber(number.replace(/%2B/i, '+')));
  };
}

/** A secret as it can stand in a line: in JSON, in JSON within JSON, in a URL, in a Basic header. */
function spellings(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inJsonTwice = JSON.stringify(inJson).slice(1, -1);
  return [
    inJson,
    inJsonTwice,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
  ];
}
