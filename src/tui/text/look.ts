import { ASCII, type Glyphs, UNICODE } from './glyphs.ts';

/** How a piece of text is set off. Nothing is told by tone alone: without colour all of them look the same. */
export type Tone = 'strong' | 'dim' | 'good' | 'warn' | 'bad' | 'accent' | 'chosen';

/** The sixteen colours that every terminal has, each in the shade that its owner chose. */
const CODES: Record<Tone, readonly [on: string, off: string]> = {
  strong: ['\u001b[1m', '\u001b[22m'],
  dim: ['\u001b[2m', '\u001b[22m'],
  good: ['\u001b[32m', '\u001b[39m'],
  warn: ['\u001b[33m', '\u001b[39m'],
  bad: ['\u001b[31m', '\u001b[39m'],
  accent: ['\u001b[36m', '\u001b[39m'],
  chosen: ['\u001b[7m', '\u001b[27m'],
};

interface LookOptions {
  hasColor: boolean;
  isAscii: boolean;
}

/** How the terminal can be drawn on. */
export class Look {
  readonly glyphs: Glyphs;
  readonly hasColor: boolean;
  readonly isAscii: boolean;
  /** What is drawn is no longer true for certain. */
  readonly isFaded: boolean;

  constructor({ hasColor, isAscii }: LookOptions, isFaded = false) {
    this.glyphs = isAscii ? ASCII : UNICODE;
    this.hasColor = hasColor;
    this.isAscii = isAscii;
    this.isFaded = isFaded;
  }

  get faded(): Look {
    return new Look(this, true);
  }

  paint(tone: Tone, text: string): string {
    // What is faded keeps only where the operator stands.
    if (!this.hasColor || text === '' || (this.isFaded && tone !== 'chosen')) return text;
    const [on, off] = CODES[tone];
    return on + text + off;
  }

  fade(text: string): string {
    return this.hasColor && text !== '' ? `${CODES.dim[0]}${text}${CODES.dim[1]}` : text;
  }
}

const UTF8 = /utf-?8/i;

/** What the environment says of the terminal; NO_COLOR and a locale without Unicode are obeyed. */
export function lookOf(
  environment: NodeJS.ProcessEnv,
  { color, ascii }: { color: boolean; ascii: boolean },
): Look {
  const { NO_COLOR, TERM = '', LC_ALL, LC_CTYPE, LANG } = environment;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  // A locale that says nothing is the rule under ssh and in containers, and their terminals know Unicode.
  const isOld = locale !== '' && !UTF8.test(locale) && !/^(C|POSIX)$/.test(locale);
  return new Look({
    hasColor: color && (NO_COLOR ?? '') === '' && !/^(dumb|vt100|vt220)$/.test(TERM),
    isAscii: ascii || isOld || TERM === 'linux',
  });
}
