import { type IPty, spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';

export interface Started {
  program: string;
  args: readonly string[];
  columns?: number;
  rows?: number;
  environment: Record<string, string>;
  /** What the terminal says it is. */
  term?: string;
}

/** One place on the screen, and how it is set off. */
export interface Cell {
  text: string;
  /** 0 for what lies under the second half of a wide letter. */
  width: number;
  isBold: boolean;
  isDim: boolean;
  isInverse: boolean;
  /** Of the terminal's palette; null: its own. */
  color: number | null;
  background: number | null;
}

const PRESSES: Record<string, string> = {
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  left: '\u001b[D',
  right: '\u001b[C',
  up: '\u001b[A',
  down: '\u001b[B',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
  backspace: '\u007f',
  'ctrl-c': '\u0003',
  'ctrl-l': '\u000c',
  'ctrl-u': '\u0015',
  'ctrl-y': '\u0019',
  'ctrl-z': '\u001a',
};

/** A program on a real pseudo-terminal, and what a terminal shows of it. */
export class ProgramScreen {
  readonly #pty: IPty;
  readonly #terminal: headless.Terminal;
  readonly #ended = Promise.withResolvers<{ exitCode: number; signal?: number }>();
  readonly #listeners = new Set<() => void>();
  /** All that was sent to the terminal. */
  sent = '';
  /** The end of it, once it has ended. */
  exitCode: number | null = null;

  constructor({ program, args, columns = 120, rows = 40, environment, term }: Started) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#pty = spawn(program, [...args], {
      ...{ cols: columns, rows, name: term ?? 'xterm-256color' },
      env: { ...withoutNoise(process.env), LANG: 'C.UTF-8', ...environment },
    });
    this.#pty.onData(text => {
      this.sent += text;
      this.#terminal.write(text, () => this.#told());
    });
    this.#pty.onExit(end => {
      this.exitCode = end.exitCode;
      this.#ended.resolve(end);
    });
    // What a terminal answers when it is asked, as who asks expects it.
    this.#terminal.onData(text => this.#pty.write(text));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  /** As it is now, a line each, without the spaces at their ends. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Whether a line was longer than the terminal is wide, and so went on in the next. */
  get hasBrokenLines(): boolean {
    const { active } = this.#terminal.buffer;
    return this.lines.some((_, row) => active.getLine(active.viewportY + row)?.isWrapped === true);
  }

  get isOnAlternateScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** All of it, line by line. */
  get cells(): Cell[][] {
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      Array.from({ length: this.#terminal.cols }, (__, column) => this.#cellAt(row, column)),
    );
  }

  /** The first line with this text. */
  line(text: string | RegExp): string {
    const isIt = (line: string): boolean =>
      typeof text === 'string' ? line.includes(text) : text.test(line);
    return this.lines.find(isIt) ?? '';
  }

  /** Of the line with this text, where the text begins. */
  cellOf(text: string): Cell {
    const { lines } = this;
    const row = lines.findIndex(line => line.includes(text));
    if (row < 0) throw new Error(`"${text}" is not on the screen:\n${this.text}`);
    return this.#cellAt(row, lines[row]?.indexOf(text) ?? 0);
  }

  /** Keys by name, or letters as they are typed. */
  press(...keys: string[]): void {
    for (const key of keys) this.#pty.write(PRESSES[key] ?? key);
  }

  /** As a terminal with bracketed paste does it. */
  paste(text: string): void {
    this.#pty.write(`\u001b[200~${text}\u001b[201~`);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Resolves as soon as the screen is so, with the moment; false when that does not come in time. */
  async becomes(isSo: (screen: this) => boolean, withinMs: number): Promise<number | false> {
    const done = Promise.withResolvers<number | false>();
    const look = (): void => {
      if (isSo(this)) done.resolve(performance.now());
    };
    const timer = setTimeout(() => done.resolve(false), withinMs);
    this.#listeners.add(look);
    look();
    try {
      return await done.promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
    }
  }

  /** Somebody else writes on it, past the program. */
  garble(text: string): void {
    this.#terminal.write(text);
  }

  /** What the program has asked of the terminal, as it stands now. */
  get modes(): { isPasteBracketed: boolean; isMouseOn: boolean; isCursorHidden: boolean } {
    const { bracketedPasteMode, mouseTrackingMode } = this.#terminal.modes;
    return {
      isPasteBracketed: bracketedPasteMode,
      isMouseOn: mouseTrackingMode !== 'none',
      isCursorHidden: this.sent.lastIndexOf('\u001b[?25l') > this.sent.lastIndexOf('\u001b[?25h'),
    };
  }

  /** The line breaks, as when somebody shuts the lid: nobody reads any more. */
  hangUp(): void {
    // Not in its types: only the systems on which we test have it.
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  get end(): Promise<{ exitCode: number; signal?: number }> {
    return this.#ended.promise;
  }

  /** Leaves it as an operator does. */
  async close(): Promise<void> {
    if (this.exitCode !== null) return;
    this.#pty.kill('SIGTERM');
    await this.end;
  }

  #told(): void {
    for (const listener of this.#listeners) listener();
  }

  #cellAt(row: number, column: number): Cell {
    const { active } = this.#terminal.buffer;
    const cell = active.getLine(active.viewportY + row)?.getCell(column);
    if (cell === undefined) throw new Error(`there is no cell ${column} in line ${row}`);
    return {
      text: cell.getChars(),
      width: cell.getWidth(),
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
      isInverse: cell.isInverse() !== 0,
      color: cell.isFgDefault() ? null : cell.getFgColor(),
      background: cell.isBgDefault() ? null : cell.getBgColor(),
    };
  }
}

/** Who starts us says things about the terminal that are not so here. */
function withoutNoise(environment: NodeJS.ProcessEnv): Record<string, string> {
  const noise = /^(NO_COLOR|FORCE_COLOR|CI|TMUX|TERM|LC_|LANG|NODE_ENV|VITEST)/;
  return Object.fromEntries(
    Object.entries(environment).filter(
      (one): one is [string, string] => one[1] !== undefined && !noise.test(one[0]),
    ),
  );
}
