import type { Settings } from '../measure/figure.ts';
import { numberText } from '../measure/table.ts';

/** How cost grows with one thing; a table ready for docs/performance.md. */
export interface Curve {
  name: string;
  title: string;
  headings: string[];
  /** Open files of the load's process. */
  files: number;
  measure: (settings: Settings) => Promise<number[][]>;
}

export function markdown({ title, headings }: Curve, rows: readonly number[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    line(headings),
    line(headings.map(() => '---:')),
    ...rows.map(row => line(row.map(numberText))),
    '',
  ].join('\n');
}
