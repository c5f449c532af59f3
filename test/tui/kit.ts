import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import { expect } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

interface Opening {
  /** RELAY_HOME of the daemon. */
  home: string;
  args?: readonly string[];
  columns?: number;
  rows?: number;
  environment?: Record<string, string>;
  /** What the terminal says it is. */
  term?: string;
}

/** How a piece of the screen is set off. */
interface Cell {
  text: string;
  isInverse: boolean;
  isDim: boolean;
  /** Null: the terminal's own. */
  color: number | null;
}

const PRESSES: Record<string, string> = {
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
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

/** Somebody who sits at a real terminal with the dashboard on it, and sees what a terminal shows. */
export class Desktop {
  readonly #pty: IPty;
  readonly #terminal: headless.Terminal;
  readonly #ended = Promise.withResolvers<{ exitCode: number; signal?: number }>();
  /** All that was sent to the terminal. */
  sent = '';
  /** The end of it, once it has ended. */
  exitCode: number | null = null;

  constructor({ home, args = ['dashboard'], columns = 120, rows = 40, environment = {}, term }: Opening) {
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#pty = spawn(launcher, [...args], {
      ...{ cols: columns, rows, name: term ?? 'xterm-256color' },
      env: {
        ...withoutNoise(process.env),
        ...{ RELAY_HOME: home, XDG_STATE_HOME: join(home, 'xdg-state'), LANG: 'C.UTF-8', ...environment },
      },
    });
    this.#pty.onData(text => {
      this.sent += text;
      this.#terminal.write(text);
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

  get isOnAlternateScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** The first line with this text. */
  line(text: string | RegExp): string {
    const isIt = (line: string): boolean =>
      typeof text === 'string' ? line.includes(text) : text.test(line);
    return this.lines.find(isIt) ?? '';
  }

  /** Of the line with this text, where the text begins. */
  cellOf(text: string): Cell {
    const row = this.lines.findIndex(line => line.includes(text));
    const { active } = this.#terminal.buffer;
    const cell = active.getLine(active.viewportY + row)?.getCell(this.lines[row]?.indexOf(text) ?? 0);
    if (cell === undefined) throw new Error(`"${text}" is not on the screen:\n${this.text}`);
    return {
      text: cell.getChars(),
      isInverse: cell.isInverse() !== 0,
      isDim: cell.isDim() !== 0,
      color: cell.isFgDefault() ? null : cell.getFgColor(),
    };
  }

  /** Keys by name, or letters as they are typed. */
  press(...keys: string[]): void {
    for (const key of keys) this.#pty.write(PRESSES[key] ?? key);
  }

  /** As a terminal with bracketed paste does it. */
  paste(text: string): void {
    this.#pty.write(`\u001b[200~${text}\u001b[201~`);
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.text).toMatch(text);
  }

  async showsNot(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.text).not.toMatch(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
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
}

/** A test runner's own environment says things about the terminal that are not so. */
function withoutNoise(environment: NodeJS.ProcessEnv): Record<string, string> {
  const noise = /^(NO_COLOR|FORCE_COLOR|CI|TMUX|TERM|LC_|LANG|NODE_ENV|VITEST)/;
  return Object.fromEntries(
    Object.entries(environment).filter(
      (one): one is [string, string] => one[1] !== undefined && !noise.test(one[0]),
    ),
  );
}
