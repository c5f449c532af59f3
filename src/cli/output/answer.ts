import type { Style } from './style.ts';
import { localTime } from './time.ts';

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
    Math.max(title.length, ...cells.map(row => row[column]?.length ?? 0)),
  );
  const padded = (row: readonly string[]): string[] =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
  const lines = [
    style.dim(padded(header).join('  ')),
    ...cells.map(row =>
      padded(row)
        .map((cell, column) => paint(cell, column, style))
        .join('  '),
    ),
  ];
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`;
}

export function cellText(cell: Cell): string {
  if (cell === null) return '-';
  return cell instanceof Date ? localTime(cell) : clean(String(cell));
}

/** For `--plain`. */
export function plainCell(cell: Cell): string {
  if (cell === null) return '';
  return cell instanceof Date ? cell.toISOString() : clean(String(cell));
}

/** What comes from elsewhere must not steer the terminal, turn the line round or break it. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu, ' ');
}
