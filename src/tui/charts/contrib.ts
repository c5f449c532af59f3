import { createRequire } from 'node:module';
import { PassThrough, Writable } from 'node:stream';
import type { Area, Line, Span } from '../text/line.ts';
import type { Tone } from '../text/look.ts';
import type { Curve } from './curve.ts';

/** The little of blessed and blessed-contrib that is used; neither brings types that fit. */
interface Screen {
  program: { cols: number; rows: number };
  alloc(): void;
  append(widget: Widget): void;
  remove(widget: Widget): void;
  render(): void;
  screenshot(): string;
}

interface Widget {
  setData(data: { x: readonly string[]; y: readonly number[]; style: { line: string } }[]): void;
}

/** blessed listens for these of the whole process, which is not its own here. */
const TAKEN_EVENTS = ['uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'exit'] as const;
const LINE_COLOR = 'cyan';
const TEXT_COLOR = 'white';
/** SGR as blessed writes it: the curve, and the axes with their labels. */
const TONES: Record<string, Tone> = { 36: 'accent', 37: 'dim' };
/** The widget leaves so many lines above and below empty. */
const SPARE_LINES = 3;
/** And so many columns at the right. */
const SPARE_COLUMNS = 6;

/** Draws line charts with blessed-contrib on a screen that nobody sees, and hands out what stood there. */
export class ContribCharts {
  readonly #screen: Screen;
  readonly #output: Writable & { columns: number; rows: number };
  readonly #makeLine: (options: object) => Widget;

  /** Loads it: 40 ms and 14 MB, so only where a chart is to be seen. Throws where it is not installed. */
  constructor() {
    const requireHere = createRequire(import.meta.url);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    this.#output = Object.assign(nowhere, { columns: 80, rows: 24, isTTY: true });
    const nobody = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
    const before = new Map(TAKEN_EVENTS.map(name => [name, process.listeners(name as 'exit')]));
    try {
      const blessed = requireHere('blessed') as { screen(options: object): Screen };
      this.#makeLine = requireHere('blessed-contrib/lib/widget/charts/line') as (options: object) => Widget;
      this.#screen = blessed.screen({
        ...{ input: nobody, output: this.#output, terminal: 'xterm-256color', warnings: false },
        ...{ fullUnicode: true, forceUnicode: true },
      });
    } finally {
      for (const name of TAKEN_EVENTS) {
        const ours = before.get(name) ?? [];
        for (const listener of process.listeners(name as 'exit')) {
          if (!ours.includes(listener)) process.removeListener(name, listener);
        }
      }
    }
  }

  draw({ labels, values, top }: Curve, { width, height }: Area): Line[] {
    const room = { width: width + SPARE_COLUMNS, height: height + SPARE_LINES };
    this.#resize(room);
    const widget = this.#makeLine({
      ...{ top: 0, left: 0, ...room, minY: 0, maxY: top },
      ...{ showLegend: false, wholeNumbersOnly: top >= 5, numYLabels: 4, xPadding: 5, xLabelPadding: 3 },
      style: { line: LINE_COLOR, text: TEXT_COLOR, baseline: TEXT_COLOR },
    });
    this.#screen.append(widget);
    widget.setData([{ x: labels, y: values, style: { line: LINE_COLOR } }]);
    this.#screen.render();
    const lines = this.#screen.screenshot().split('\n');
    this.#screen.remove(widget);
    return lines
      .map(spansOf)
      .filter(line => line.length > 0)
      .slice(-height);
  }

  /** One screen for all: each new one would stay in memory. */
  #resize({ width, height }: Area): void {
    if (this.#output.columns === width && this.#output.rows === height) return;
    this.#output.columns = width;
    this.#output.rows = height;
    this.#screen.program.cols = width;
    this.#screen.program.rows = height;
    this.#screen.alloc();
  }
}

/** A line as blessed coloured it, in our tones. Empty for one with nothing on it. */
function spansOf(line: string): Span[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how colours are written
  const pieces = line.split(/\u001b\[([\d;]*)m/);
  if (pieces.every((piece, place) => place % 2 === 1 || piece.trim() === '')) return [];
  const spans: Span[] = [];
  let tone: Tone | undefined;
  for (const [place, piece] of pieces.entries()) {
    if (place % 2 === 1) tone = TONES[piece.split(';').find(code => code in TONES) ?? ''];
    else if (piece !== '') spans.push(tone === undefined ? piece : [tone, piece]);
  }
  return withoutEnd(spans);
}

/** The room beyond the curve holds nothing. */
function withoutEnd(spans: readonly Span[]): Span[] {
  const last = spans.findLastIndex(span => textOf(span).trim() !== '');
  return spans
    .slice(0, last + 1)
    .map((span, place) =>
      place < last ? span : typeof span === 'string' ? span.trimEnd() : [span[0], span[1].trimEnd()],
    );
}

function textOf(span: Span): string {
  return typeof span === 'string' ? span : span[1];
}
