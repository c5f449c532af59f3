import { clean, padded, widthOf } from '../../shared/telling/cells.ts';
import { localTime } from '../../shared/telling/time.ts';
import type { Style } from './style.ts';

/** What a command found or did, in the three ways it can be told. */
export interface Answer {
  /** `--json`: one document `{"schema","data"}`; `schema` is `<name>/<version>`. */
  schema: string;
  data: unknown;
  /** `--plain`: tab-separated, stable columns, no header. */
  rows(): readonly (readonly Cell[])[];
  /** For people. */
  text(style: Style): string;
  /** When not 0. */
  exit?: number;
  /** Said beside it on stderr, to people and not with `--quiet`. */
  notes?: readonly string[];
}

/** A time is RFC 3339 for scripts, and this host's clock for people. */
export type Cell = string | number | Date | null;

interface TableAnswer extends Pick<Answer, 'schema' | 'data' | 'notes' | 'exit'> {
  header: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** Where people's rows are shortened. */
  plain?: readonly (readonly Cell[])[];
  /** Instead of a header with nothing below it. */
  none: string;
  /** Colours whole cells; widths are reckoned before. */
  paint?: (cell: string, column: number, style: Style) => string;
}

/** Rows under a header, as wide as their widest cell. */
export function tableAnswer({ header, rows, plain = rows, none, paint, ...answer }: TableAnswer): Answer {
  return {
    ...answer,
    rows: () => plain,
    text: style => (rows.length === 0 ? `${none}\n` : tableText(header, rows, { style, paint })),
  };
}

interface FieldsAnswer extends Pick<Answer, 'schema' | 'data' | 'notes' | 'exit'> {
  fields: Record<string, Cell>;
}

/** Names and values, one a line. */
export function fieldsAnswer({ fields, ...answer }: FieldsAnswer): Answer {
  const entries = Object.entries(fields);
  const width = Math.max(...entries.map(([name]) => name.length));
  return {
    ...answer,
    rows: () => entries,
    text: () => entries.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}\n`).join(''),
  };
}

interface SentenceAnswer extends Pick<Answer, 'schema' | 'data' | 'notes' | 'exit'> {
  says: string;
}

/** One thing was done. */
export function sentenceAnswer({ says, ...answer }: SentenceAnswer): Answer {
  return { ...answer, rows: () => [[says]], text: () => `${clean(says)}\n` };
}

interface Look {
  style: Style;
  paint?: TableAnswer['paint'] | undefined;
}

export function tableText(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { style, paint = cell => cell }: Look,
): string {
  const cells = rows.map(row => row.map(cellText));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map(row => widthOf(row[column] ?? ''))),
  );
  const filled = (row: readonly string[]): string[] =>
    row.map((cell, column) => (column === row.length - 1 ? cell : padded(cell, widths[column] ?? 0)));
  const lines = [
    style.dim(filled(header).join('  ')),
    ...cells.map(row =>
      filled(row)
        .map((cell, column) => paint(cell, column, style))
        .join('  '),
    ),
  ];
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}

export function cellText(cell: Cell): string {
  if (cell === null) return '-';
  return cell instanceof Date ? (localTime(cell) ?? '-') : clean(String(cell));
}

/** For `--plain`. */
export function plainCell(cell: Cell): string {
  if (cell === null) return '';
  return cell instanceof Date ? cell.toISOString() : clean(String(cell));
}

/** Below each line of a table, after its header, what belongs to it. */
export function underRows(table: string, below: readonly (readonly string[])[]): string {
  const [header = '', ...rows] = table.trimEnd().split('\n');
  return `${[header, ...rows.flatMap((row, index) => [row, ...(below[index] ?? [])])].join('\n')}\n`;
}
