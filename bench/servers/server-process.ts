import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onServerCore } from './pinning.ts';
import { cpuSecondsOf, rssBytesOf } from './process-cost.ts';

interface ProcessOptions {
  command: string[];
  env: NodeJS.ProcessEnv;
}

const STOP_MS = 15_000;

/** A server under test in a process of its own, and what the kernel says of it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor({ command, env }: ProcessOptions) {
    const [program = '', ...args] = onServerCore(command);
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.#child, 'exit');
    // Whoever breaks the bench off leaves no server behind.
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('exit', () => process.off('exit', kill));
    // A failed start shows as an exit; whoever waits for the first line hears of it.
    this.#exited.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first line of its output, or an error when it ends before. */
  async firstLine(): Promise<string> {
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      this.#exited.then(() => {
        throw new Error(`The server ended before it was ready (${this.#child.spawnargs.join(' ')})`);
      }),
    ])) as [string];
    return line;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** User and system time of all its threads. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  rssBytes(): number {
    return rssBytesOf(this.pid);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Politely, then by force. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#exited.catch(() => {});
    clearTimeout(force);
  }
}
