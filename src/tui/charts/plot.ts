import type { Area, Line } from '../text/line.ts';
import type { Look } from '../text/look.ts';
import type { Curve } from './curve.ts';

interface Plotting extends Area {
  look: Look;
}

const AXIS_WIDTH = 7;
/** Bits of the eight dots of a braille letter, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BRAILLE = 0x2800;
const TEN_THOUSAND = 10_000;

/** A curve of dots beside a scale; of signs where a terminal knows no Unicode. */
export function plot(curve: Curve, { width, height, look }: Plotting): Line[] {
  const columns = Math.max(1, width - AXIS_WIDTH);
  const rows = look.isAscii ? asSigns(curve, { columns, height }) : asDots(curve, { columns, height });
  return rows.map((text, row): Line => {
    const label = row === 0 ? labelText(curve.top) : row === height - 1 ? '0' : '';
    return [
      ['dim', `${label.padStart(AXIS_WIDTH - 1)} `],
      ['accent', text],
    ];
  });
}

interface Grid {
  columns: number;
  height: number;
}

function asDots({ values, top }: Curve, { columns, height }: Grid): string[] {
  const last = { x: columns * 2 - 1, y: height * 4 - 1 };
  const cells = Array.from({ length: height }, () => new Array<number>(columns).fill(0));
  let before: number | null = null;
  for (let x = 0; x <= last.x; x++) {
    const y = last.y - Math.round((valueAt(values, x / last.x) / top) * last.y);
    // A steep curve is one line, not two dots far from each other.
    const [from, to] = before === null ? [y, y] : [Math.min(before, y), Math.max(before, y)];
    for (let dot = from; dot <= to; dot++) {
      const row = cells[Math.floor(dot / 4)];
      const column = Math.floor(x / 2);
      if (row) row[column] = (row[column] ?? 0) | (DOTS[dot % 4]?.[x % 2] ?? 0);
    }
    before = y;
  }
  return cells.map(row =>
    row.map(bits => (bits === 0 ? ' ' : String.fromCodePoint(BRAILLE + bits))).join(''),
  );
}

function asSigns({ values, top }: Curve, { columns, height }: Grid): string[] {
  const last = { x: Math.max(1, columns - 1), y: height - 1 };
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: columns }, (__, x) => {
      const y = last.y - Math.round((valueAt(values, x / last.x) / top) * last.y);
      if (y === row) return '*';
      return y < row ? ':' : ' ';
    }).join(''),
  );
}

function valueAt(values: readonly number[], share: number): number {
  return values[Math.round(share * (values.length - 1))] ?? 0;
}

function labelText(value: number): string {
  return value >= TEN_THOUSAND ? `${Math.round(value / 1000)}k` : String(value);
}
