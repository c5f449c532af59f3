import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { CONTRACTS } from '../../src/cli/contracts/index.ts';
import type { Shell } from './kit.ts';

/** A command that goes on, and what it has written so far. */
export class Listening {
  readonly child: ChildProcess;
  readonly #ended: Promise<[code: number | null]>;
  stdout = '';
  stderr = '';

  constructor(shell: Shell, args: readonly string[]) {
    this.child = shell.start(args);
    this.#ended = once(this.child, 'close') as Promise<[number | null]>;
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text;
    });
  }

  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  // biome-ignore lint/suspicious/noExplicitAny: entries of many shapes
  get entries(): any[] {
    return entriesOf(this.stdout);
  }

  async connected(): Promise<void> {
    await expect.poll(() => this.stderr).toContain('Connected');
  }

  end(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.code();
  }

  async code(): Promise<number | null> {
    const [code] = await this.#ended;
    return code;
  }
}

/** NDJSON of `listen`, each line held against its contract. */
// biome-ignore lint/suspicious/noExplicitAny: entries of many shapes
export function entriesOf(stdout: string): any[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map(line => {
    const entry = JSON.parse(line);
    expect(CONTRACTS['listen/1']?.safeParse(entry).error, line).toBeUndefined();
    return entry;
  });
}
