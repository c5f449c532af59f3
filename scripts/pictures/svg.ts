import type { Cell } from '../terminal/program-screen.ts';
import { shapesOf } from './shapes.ts';
import { CELL, colorsOf, MARGIN, PAPER } from './theme.ts';

interface Run {
  column: number;
  columns: number;
  text: string;
  /** A column for each letter of it; otherwise it is one letter, wide or of several pieces. */
  isPlain: boolean;
  ink: string;
  paper: string;
  isBold: boolean;
}

const FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";
const CORNER = 8;
/** So many in a row are no part of a text: it would be stretched over them where a font is narrower. */
const GAP = /( {2,})/;

/** The screen as a picture: type where it is text, shapes where it is drawing. */
export function svgOf(cells: readonly (readonly Cell[])[], title: string): string {
  const size = {
    width: (cells[0]?.length ?? 0) * CELL.width + MARGIN * 2,
    height: cells.length * CELL.height + MARGIN * 2,
  };
  const shapes = new Shapes();
  const papers: string[] = [];
  const texts: string[] = [];
  for (const [row, line] of cells.entries()) {
    const y = MARGIN + row * CELL.height;
    for (const run of runsOf(line)) {
      if (run.paper !== PAPER) papers.push(paperOf(run, y));
      texts.push(...textsOf(run, { y, shapes }));
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="${CORNER}" fill="${PAPER}"/>`,
    ...papers,
    `<g font-family="${FONTS}" font-size="${CELL.fontSize}" xml:space="preserve">`,
    ...texts,
    '</g>',
    ...shapes.drawn(),
    '</svg>\n',
  ].join('\n');
}

/** All of one colour and thickness are one path: a chart is thousands of dots. */
class Shapes {
  readonly #paths = new Map<string, string>();

  /** False when it is no shape. */
  add(letter: string, { x, y, ink }: { x: number; y: number; ink: string }): boolean {
    const shapes = shapesOf(letter, { x, y });
    for (const { path, stroke } of shapes) {
      const look =
        stroke === undefined
          ? `fill="${ink}"`
          : `fill="none" stroke="${ink}" stroke-width="${stroke}" stroke-linecap="round"`;
      this.#paths.set(look, (this.#paths.get(look) ?? '') + path);
    }
    return shapes.length > 0;
  }

  drawn(): string[] {
    return [...this.#paths].map(([look, path]) => `<path ${look} d="${path}"/>`);
  }
}

function runsOf(line: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const [column, cell] of line.entries()) {
    // Under the second half of a wide letter there is nothing of its own.
    if (cell.width === 0) continue;
    const { ink, paper } = colorsOf(cell);
    const { isBold, width } = cell;
    const text = cell.text || ' ';
    const isPlain = width === 1 && [...text].length === 1;
    const before = runs.at(-1);
    const isSame = before?.ink === ink && before.paper === paper && before.isBold === isBold;
    if (isSame && isPlain && before.isPlain) {
      before.text += text;
      before.columns += 1;
    } else runs.push({ column, columns: width, text, isPlain, ink, paper, isBold });
  }
  return runs;
}

function paperOf({ column, columns, paper }: Run, y: number): string {
  const x = MARGIN + column * CELL.width;
  return `<rect x="${x}" y="${y}" width="${columns * CELL.width}" height="${CELL.height}" fill="${paper}"/>`;
}

interface Drawing {
  y: number;
  shapes: Shapes;
}

/** A piece for each stretch of words; each as wide as its cells, whatever the font. */
function textsOf({ column, columns, text, isPlain, ink, isBold }: Run, { y, shapes }: Drawing): string[] {
  const x = (at: number): number => MARGIN + at * CELL.width;
  const weight = isBold ? ' font-weight="700"' : '';
  const textOf = (words: string, at: number, wide: number): string =>
    `<text x="${x(at)}" y="${y + CELL.baseline}" textLength="${wide * CELL.width}" lengthAdjust="spacingAndGlyphs" fill="${ink}"${weight}>${escaped(words)}</text>`;
  if (!isPlain) return [textOf(text, column, columns)];
  const typed = [...text].map((letter, at) =>
    shapes.add(letter, { x: x(column + at), y, ink }) ? ' ' : letter,
  );
  const pieces: string[] = [];
  let at = column;
  for (const piece of typed.join('').split(GAP)) {
    const lead = [...piece].length - [...piece.trimStart()].length;
    const words = piece.trim();
    if (words !== '') pieces.push(textOf(words, at + lead, [...words].length));
    at += [...piece].length;
  }
  return pieces;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
