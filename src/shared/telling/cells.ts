const ASCII = /^[\x20-\x7e]*$/;
const STEERING = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu;
/** Without a width of their own, or with one that terminals do not agree on: joiners, selectors, skin tones. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\p{Emoji_Modifier}\p{Cf}]/gu;
/** All terminals know these marks as such; of scripts that are new or seldom seen not all do. */
const KNOWN_MARKS = [
  '\\u0300-\\u036f\\u0483-\\u0486\\u0591-\\u05c7\\u0610-\\u0615\\u064b-\\u065e\\u0670\\u06d6-\\u06dd\\u06df-\\u06ed',
  '\\u0901-\\u0939\\u093b-\\u0954\\u0962-\\u09fd\\u0a01-\\u0a50\\u0a70\\u0a71\\u0a81-\\u0ae3\\u0b01-\\u0b43\\u0b47-\\u0b54',
  '\\u0b56\\u0b57\\u0b82-\\u0bd7\\u0c01-\\u0c03\\u0c3e-\\u0c56\\u0c82-\\u0ce3\\u0d02\\u0d03\\u0d3e-\\u0d43\\u0d46-\\u0d57\\u0d82-\\u0e4e',
  '\\u0eb1-\\u0eb9\\u0ebb-\\u0ecd\\u102b-\\u1032\\u1036-\\u1039\\u1056-\\u1059\\u1780-\\u17d3\\u20d0-\\u20dc\\u20e1\\u20e5-\\u20ef\\u3099\\u309a\\ufe20-\\ufe23',
].join('');
const UNSURE_MARKS = new RegExp(`(?![${KNOWN_MARKS}])\\p{M}`, 'gu');
const NO_LETTER = /[\p{Co}\p{Cn}\u1160-\u11ff\ud7b0-\ud7ff]/gu;
/** A mark on a mark on a mark paints over the lines above. */
const MARKS = /(\p{M}{2})\p{M}+/gu;
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu;
const FLAG_FIRST = 0x1f1e6;
/** Others stand beside their letter. */
const MARK_OVER = /[\p{Mn}\p{Me}]/u;
/** Two columns in a terminal: by blocks, as terminals know them. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1afff}\u{1b000}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** What comes from elsewhere must not steer the terminal, turn the line round or break it. */
export function clean(text: string): string {
  if (ASCII.test(text)) return text;
  return (
    text
      .toWellFormed()
      .replaceAll(STEERING, ' ')
      .replaceAll(FLAG_LETTER, letter => String.fromCodePoint((letter.codePointAt(0) ?? 0) - FLAG_FIRST + 65))
      .replaceAll(UNSEEN, '')
      // Only now: what was between a letter and its mark is gone.
      .normalize('NFC')
      .replaceAll(UNSURE_MARKS, '')
      .replaceAll(NO_LETTER, '?')
      .replaceAll(MARKS, '$1')
  );
}

/** Columns that clean text takes in a terminal. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const letter of text) width += widthOfLetter(letter);
  return width;
}

/** One line, never wider than this. */
export function cut(text: string, width: number, ellipsis = '…'): string {
  // What is far longer than any line is not looked at to its end.
  const shown = clean(width < LOOKED_AT_MAX ? text.slice(0, LOOKED_AT_MAX) : text);
  if (widthOf(shown) <= width) return shown;
  const room = width - 1;
  let taken = '';
  let used = 0;
  for (const letter of shown) {
    used += widthOfLetter(letter);
    if (used > room) break;
    taken += letter;
  }
  return width < 1 ? '' : taken + ellipsis;
}

/** Filled up to this width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

interface Wrapping {
  /** The first line begins with it, all others are indented as far. */
  lead: string;
  width: number;
}

/** As many lines as it takes. A word that fits nowhere is cut. */
export function wrapped(text: string, { lead, width }: Wrapping): string[] {
  const room = Math.max(2, width - widthOf(lead));
  const lines: string[] = [];
  let line = '';
  for (const piece of clean(text)
    .split(' ')
    .flatMap(word => piecesOf(word, room))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(piece) > room) {
      lines.push(line);
      line = piece;
    } else line = line === '' ? piece : `${line} ${piece}`;
  }
  lines.push(line);
  return lines.map((one, index) => (index === 0 ? lead : ' '.repeat(widthOf(lead))) + one);
}

/** Wider than any terminal, with marks. */
const LOOKED_AT_MAX = 2048;

function piecesOf(word: string, room: number): string[] {
  if (widthOf(word) <= room) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const letter of word) {
    if (widthOf(piece) + widthOfLetter(letter) > room) {
      pieces.push(piece);
      piece = '';
    }
    piece += letter;
  }
  return [...pieces, piece];
}

function widthOfLetter(letter: string): number {
  if (letter < '\u007f') return 1;
  if (MARK_OVER.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}
