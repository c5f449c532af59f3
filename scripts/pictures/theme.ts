import type { Cell } from '../terminal/program-screen.ts';

export const CELL = { width: 9, height: 19, baseline: 14, fontSize: 15 };
export const MARGIN = 12;

export const PAPER = '#15181e';
const INK = '#d3d7de';
/** The sixteen that every terminal has, in the shades of this one. */
const PALETTE = [
  ...['#2a2f38', '#e06c75', '#7fbf6f', '#d7a65f', '#6aa5e8', '#c58fd8', '#5fb8c0', '#c5c8ce'],
  ...['#5c6370', '#f28b93', '#9cd68c', '#ecc27e', '#8cbcf2', '#d9abea', '#86d3da', '#ffffff'],
];
/** How much of a dim letter's colour is left. */
const DIM_SHARE = 0.62;

/** Colours of a cell as it is seen: turned round, and dimmed. */
export function colorsOf({ color, background, isInverse, isDim }: Cell): { ink: string; paper: string } {
  const ink = color === null ? INK : (PALETTE[color] ?? INK);
  const paper = background === null ? PAPER : (PALETTE[background] ?? PAPER);
  const seen = isInverse ? { ink: paper, paper: ink } : { ink, paper };
  return isDim ? { ...seen, ink: mixed(seen.ink, seen.paper) } : seen;
}

function mixed(ink: string, paper: string): string {
  const parts = (hex: string): number[] => [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16));
  const papers = parts(paper);
  const both = parts(ink).map((part, at) =>
    Math.round(part * DIM_SHARE + (papers[at] ?? 0) * (1 - DIM_SHARE)),
  );
  return `#${both.map(part => part.toString(16).padStart(2, '0')).join('')}`;
}
