import { styleText } from 'node:util';

/** How text may be set off. Nothing is told by colour alone. */
export interface Style {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
  /** Columns there are: 80 where nobody knows. */
  width: number;
}

const WIDTH = 80;

/** As stdout can show it: NO_COLOR, FORCE_COLOR, TERM and `--no-color` are obeyed. */
export function styleFor({ color }: { color: boolean }): Style {
  const { stdout } = process;
  const paint =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      // It looks itself whether stdout is a terminal and what the environment says.
      color ? styleText(format, text, { stream: stdout }) : text;
  return {
    good: paint('green'),
    warn: paint('yellow'),
    bad: paint('red'),
    bold: paint('bold'),
    dim: paint('dim'),
    // A terminal that knows nothing of its size says 0.
    width: stdout.columns || WIDTH,
  };
}
