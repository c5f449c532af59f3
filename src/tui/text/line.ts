import { cut, padded, widthOf } from '../../shared/telling/cells.ts';
import { asAscii } from './ascii.ts';
import type { Look, Tone } from './look.ts';

export type Span = string | readonly [tone: Tone, text: string];

/** One line of the screen, in words of ours: what comes from elsewhere is cleaned when it is drawn, and only there. */
export type Line = readonly Span[];

/** Columns and lines that there are to draw on. */
export interface Area {
  width: number;
  height: number;
}

/** The line as the terminal gets it: never wider than this, whatever stands in it. */
export function drawn(line: Line, width: number, look: Look): string {
  let room = width;
  let text = '';
  for (const span of line) {
    if (room <= 0) break;
    const [tone, raw] = typeof span === 'string' ? [null, span] : span;
    const shown = cut(raw, room, look.glyphs.ellipsis);
    room -= widthOf(shown);
    const written = look.isAscii ? asAscii(shown) : shown;
    text += tone === null ? written : look.paint(tone, written);
  }
  return look.isFaded ? look.fade(text) : text;
}

/** Without any tone. */
function plainText(line: Line): string {
  return line.map(span => (typeof span === 'string' ? span : span[1])).join('');
}

export function widthOfLine(line: Line): number {
  return widthOf(plainText(line));
}

/** The whole line is what the operator stands on. */
export function chosen(line: Line, width: number): Line {
  return [['chosen', padded(plainText(line), width)]];
}

/** Two blocks side by side, the left one filled up to its width. */
export function beside(left: readonly Line[], right: readonly Line[], leftWidth: number): Line[] {
  const height = Math.max(left.length, right.length);
  return Array.from({ length: height }, (_, row) => [
    ...fitted(left[row] ?? [], leftWidth),
    ...(right[row] ?? []),
  ]);
}

/** Cut or filled to exactly this width. */
export function fitted(line: Line, width: number): Line {
  const spans: Span[] = [];
  let room = width;
  for (const span of line) {
    if (room <= 0) break;
    const [tone, raw] = typeof span === 'string' ? [null, span] : span;
    const shown = cut(raw, room);
    room -= widthOf(shown);
    spans.push(tone === null ? shown : [tone, shown]);
  }
  if (room > 0) spans.push(' '.repeat(room));
  return spans;
}

/** Exactly so many lines. */
export function filled(lines: readonly Line[], height: number): Line[] {
  return Array.from({ length: Math.max(0, height) }, (_, row) => lines[row] ?? []);
}
