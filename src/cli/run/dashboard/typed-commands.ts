import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

interface TypedOptions {
  /** Put behind each, so that it finds the same daemon. */
  where: readonly string[];
  say(text: string): void;
  onQuit(): void;
}

const QUIT = new Set(['quit', 'q', 'exit']);

/** What is typed: every line is a command of ours, told in the same terminal, one after the other. */
export class TypedCommands {
  readonly #options: TypedOptions;
  readonly #lines: Interface;
  /** As many as came in one read: nothing is read while a command runs. */
  readonly #waiting: string[][] = [];
  #isRunning = false;
  #command: ChildProcess | null = null;
  #isClosed = false;

  constructor(options: TypedOptions) {
    this.#options = options;
    this.#lines = createInterface({ input: process.stdin });
    this.#lines.on('line', line => {
      this.#waiting.push(line.trim().split(/\s+/).filter(Boolean));
      if (!this.#isRunning) void this.#runAll();
    });
    this.#lines.on('close', () => {
      this.#isClosed = true;
      options.onQuit();
    });
  }

  /** Then the keyboard is that command's, with Ctrl-C. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Ends the command that runs as well. */
  close(): void {
    this.#command?.kill();
    this.#lines.close();
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    this.#lines.pause();
    for (let words = this.#waiting.shift(); words && !this.#isClosed; words = this.#waiting.shift()) {
      const [word] = words;
      if (word !== undefined && QUIT.has(word)) this.close();
      else if (word !== undefined) await this.#run(words);
    }
    this.#isRunning = false;
    if (!this.#isClosed) this.#lines.resume();
  }

  async #run(words: readonly string[]): Promise<void> {
    const [program = ''] = process.argv.slice(1);
    // Nothing it says may be drawn either.
    const env = { ...process.env, NO_COLOR: '1', TERM: 'dumb' };
    try {
      const args = [program, ...words, ...this.#options.where];
      this.#command = spawn(process.execPath, args, { stdio: 'inherit', env });
      await once(this.#command, 'close');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.say(`This command could not be started: ${why}`);
    }
    this.#command = null;
  }
}
