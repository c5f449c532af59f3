import { CELL } from './theme.ts';

/** Drawn instead of set in type: fonts lack these signs, leave gaps between them, or make coloured pictures of them. */
export interface Shape {
  /** As an SVG path has it. */
  path: string;
  /** A line so thick; filled when it is not there. */
  stroke?: number;
}

interface Spot {
  x: number;
  y: number;
}

const { width, height } = CELL;
const LINE = 1.3;
const DOT = 2.1;
const BRAILLE_FIRST = 0x2800;
const BRAILLE_LAST = 0x28ff;
const EIGHTHS = '▁▂▃▄▅▆▇█';
const RADIUS = 4;
const RING = 3.6;
/** Column and row of each dot, from the lowest bit on. */
const DOT_PLACES = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
] as const;
/** Which way lines go from the middle: up, right, down, left. */
const ARMS: Record<string, string> = {
  ...{ '─': 'rl', '│': 'ud', '┌': 'rd', '┐': 'dl', '└': 'ur', '┘': 'ul' },
  ...{ '├': 'urd', '┤': 'udl', '┬': 'rdl', '┴': 'url', '┼': 'urdl' },
  ...{ '╴': 'l', '╵': 'u', '╶': 'r', '╷': 'd' },
};

/** Of several pieces, where a line and a filled one are needed; none for what is set in type. */
export function shapesOf(letter: string, at: Spot): Shape[] {
  const pieces = letter === '◐' ? [shapeOf('○', at), { path: halfOf(at) }] : [shapeOf(letter, at)];
  return pieces.filter(piece => piece !== null);
}

function halfOf({ x, y }: Spot): string {
  return `M${x + width / 2} ${y + height / 2 + RING}a${RING} ${RING} 0 0 1 0 ${-RING * 2}z`;
}

function shapeOf(letter: string, at: Spot): Shape | null {
  const arms = ARMS[letter];
  if (arms !== undefined) return { path: linesOf(arms, at), stroke: LINE };
  const code = letter.codePointAt(0) ?? 0;
  if (code > BRAILLE_FIRST && code <= BRAILLE_LAST)
    return { path: dotsOf(code - BRAILLE_FIRST, at), stroke: DOT };
  const eighths = letter === '' ? -1 : EIGHTHS.indexOf(letter);
  if (eighths >= 0) return { path: barOf(eighths + 1, at) };
  return cornerOf(letter, at) ?? signOf(letter, at);
}

function linesOf(arms: string, { x, y }: Spot): string {
  const middle = { x: x + width / 2, y: y + height / 2 };
  const ends: Record<string, string> = { u: `V${y}`, r: `H${x + width}`, d: `V${y + height}`, l: `H${x}` };
  if (arms === 'rl') return `M${x} ${middle.y}h${width}`;
  if (arms === 'ud') return `M${middle.x} ${y}v${height}`;
  return [...arms].map(arm => `M${middle.x} ${middle.y}${ends[arm]}`).join('');
}

/** A line of almost no length with round ends is a dot. */
function dotsOf(bits: number, { x, y }: Spot): string {
  return DOT_PLACES.filter((_, bit) => bits & (1 << bit))
    .map(
      ([column, row]) =>
        `M${x + (width * (column * 2 + 1)) / 4} ${round(y + (height * (row * 2 + 1)) / 8)}h.01`,
    )
    .join('');
}

function barOf(eighths: number, { x, y }: Spot): string {
  const tall = round((height * eighths) / 8);
  return `M${x} ${round(y + height - tall)}h${width}v${tall}h-${width}z`;
}

function cornerOf(letter: string, { x, y }: Spot): Shape | null {
  const middle = { x: x + width / 2, y: y + height / 2 };
  const corners: Record<string, { tip: string; side: 1 | -1; ends: string }> = {
    '╭': { tip: `M${middle.x} ${y + height}V${middle.y + RADIUS}`, side: 1, ends: `H${x + width}` },
    '╮': { tip: `M${middle.x} ${y + height}V${middle.y + RADIUS}`, side: -1, ends: `H${x}` },
    '╰': { tip: `M${middle.x} ${y}V${middle.y - RADIUS}`, side: 1, ends: `H${x + width}` },
    '╯': { tip: `M${middle.x} ${y}V${middle.y - RADIUS}`, side: -1, ends: `H${x}` },
  };
  const corner = corners[letter];
  if (corner === undefined) return null;
  const { tip, side, ends } = corner;
  return {
    path: `${tip}Q${middle.x} ${middle.y} ${middle.x + side * RADIUS} ${middle.y}${ends}`,
    stroke: LINE,
  };
}

function signOf(letter: string, { x, y }: Spot): Shape | null {
  const radius = RING;
  const middle = { x: x + width / 2, y: y + height / 2 };
  const left = middle.x - radius;
  const half = `a${radius} ${radius} 0 0 1`;
  const ring = `M${left} ${middle.y}${half} ${radius * 2} 0${half} ${-radius * 2} 0z`;
  switch (letter) {
    case '●':
      return { path: ring };
    case '○':
      return { path: ring, stroke: LINE };
    case '✖':
      return {
        path: `M${left} ${middle.y - radius}l7.2 7.2M${left} ${middle.y + radius}l7.2 -7.2`,
        stroke: 2.4,
      };
    case '▸':
    case '▶':
      return { path: `M${left} ${middle.y - radius - 1}v9.2l6.4 -4.6z` };
    default:
      return null;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
