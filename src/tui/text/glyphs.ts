/** Signs that stand for something, in a terminal that knows Unicode and in one that does not. */
export interface Glyphs {
  up: string;
  degraded: string;
  down: string;
  disabled: string;
  /** Where the operator stands. */
  here: string;
  rule: string;
  ellipsis: string;
  times: string;
  /** From nothing to all. */
  bars: readonly string[];
  corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  side: string;
}

export const UNICODE: Glyphs = {
  up: '●',
  degraded: '◐',
  down: '✖',
  disabled: '○',
  here: '▸',
  rule: '─',
  ellipsis: '…',
  times: '×',
  bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  corners: ['╭', '╮', '╰', '╯'],
  side: '│',
};

export const ASCII: Glyphs = {
  up: '[+]',
  degraded: '[~]',
  down: '[x]',
  disabled: '[-]',
  here: '>',
  rule: '-',
  ellipsis: '~',
  times: 'x',
  bars: ['_', '.', '-', '=', '^'],
  corners: ['+', '+', '+', '+'],
  side: '|',
};
