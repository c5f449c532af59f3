import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

/** `script` of util-linux gives a real pseudo-terminal; bare machines may not have it. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Somebody at a real terminal, who types and looks. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #end = Promise.withResolvers<number | null>();
  shown = '';

  /** `then` is what the shell does afterwards in the same terminal. */
  constructor(home: string, args: string, then = ':') {
    const line = `"${launcher}" ${args}; code=$?; ${then}; exit $code`;
    this.#child = spawn('script', ['-qefc', line, '/dev/null'], {
      env: {
        ...process.env,
        ...{ RELAY_HOME: home, XDG_STATE_HOME: join(home, 'xdg-state'), NO_COLOR: '1', SHELL: '/bin/sh' },
      },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', text => {
      this.shown += text;
    });
    this.#child.on('close', code => this.#end.resolve(code));
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.shown).toMatch(text);
  }

  /** After what is asked. */
  async answers(question: string | RegExp, text: string): Promise<void> {
    await this.shows(question);
    this.#child.stdin?.write(text);
  }

  get end(): Promise<number | null> {
    return this.#end.promise;
  }
}
