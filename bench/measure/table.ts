import type { Figure } from './figure.ts';

export interface Outcome {
  scenario: string;
  figures: Figure[];
  /** Why it did not come to its end. */
  error: string | null;
  seconds: number;
}

const HEADINGS = ['scenario', 'what', 'relay', 'peer', 'ratio', 'wanted', ''];
const NUMBER_COLUMNS = new Set([2, 3, 4]);

export function tableText(outcomes: readonly Outcome[]): string {
  return alignedText([HEADINGS, ...outcomes.flatMap(rowsOf)], NUMBER_COLUMNS);
}

/** Of what stands for itself, compared only with what is wanted. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(figure => [
    figure.what,
    `${numberText(figure.relay)} ${figure.unit}`,
    figure.wanted,
    verdictOf(figure),
  ]);
  return alignedText([['what', 'measured', 'wanted', ''], ...rows], new Set([1]));
}

function alignedText(rows: readonly (readonly string[])[], numberColumns: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        numberColumns.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

function verdictOf({ isMet }: Figure): string {
  if (isMet === null) return '';
  return isMet ? 'pass' : 'SHORT';
}

/** Four figures that mean something; no more is measured. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function rowsOf({ scenario, figures, error }: Outcome): string[][] {
  const failed = error === null ? [] : [[scenario, error, '', '', '', '', 'FAILED']];
  return [
    ...figures.map(figure => {
      const { what, unit, relay, peer, against, ratio, wanted, note } = figure;
      return [
        scenario,
        note ? `${what} (${note})` : what,
        `${numberText(relay)} ${unit}`,
        peer === null ? '' : `${numberText(peer)} ${against}`,
        ratio === null ? '' : `${numberText(ratio)} ×`,
        wanted,
        verdictOf(figure),
      ];
    }),
    ...failed,
  ];
}
