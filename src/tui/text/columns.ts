import { fitted, type Line, type Span } from './line.ts';

export interface Column<Row> {
  title: string;
  width: number;
  /** Takes what is left over, and at least its width. */
  grows?: true;
  /** The higher, the later it is left out where there is no room. */
  keep: number;
  cell(row: Row): Span;
  isRight?: true;
}

const GAP = 2;

/** The columns that there is room for, as wide as they may be. */
export function columnsFor<Row>(all: readonly Column<Row>[], width: number): Column<Row>[] {
  let left = [...all];
  const needed = (): number => left.reduce((sum, column) => sum + column.width + GAP, -GAP);
  while (needed() > width && left.length > 1) {
    const least = Math.min(...left.map(({ keep }) => keep));
    const dropped = left.findLastIndex(({ keep }) => keep === least);
    left = left.toSpliced(dropped, 1);
  }
  const growing = left.filter(({ grows }) => grows);
  const extra = Math.max(0, width - needed());
  const share = Math.floor(extra / Math.max(1, growing.length));
  return left.map(column => (column.grows ? { ...column, width: column.width + share } : column));
}

export function headLine<Row>(columns: readonly Column<Row>[]): Line {
  const text = rowOf(columns, ({ title }) => title);
  return text.map(span => ['dim', typeof span === 'string' ? span : span[1]]);
}

export function rowLine<Row>(columns: readonly Column<Row>[], row: Row): Line {
  return rowOf(columns, ({ cell }) => cell(row));
}

function rowOf<Row>(columns: readonly Column<Row>[], textOf: (column: Column<Row>) => Span): Line {
  return columns.flatMap((column, place) => {
    const gap = place === columns.length - 1 ? [] : [' '.repeat(GAP)];
    return [...aligned(textOf(column), column), ...gap];
  });
}

function aligned<Row>(span: Span, { width, isRight }: Column<Row>): Line {
  const cells = fitted([span], width);
  const filling = cells[1];
  return isRight && typeof filling === 'string' ? [filling, cells[0] ?? ''] : cells;
}
