import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CONTRACTS } from '../../src/cli/contracts/index.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Running {
  input?: string;
  environment?: Record<string, string>;
}

/** Somebody at a shell, whose RELAY_HOME is this folder. */
export class Shell {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  start(args: readonly string[], { input, environment = {} }: Running = {}): ChildProcess {
    const state = join(this.#home, 'xdg-state');
    const child = spawn(launcher, args, {
      env: { ...process.env, RELAY_HOME: this.#home, XDG_STATE_HOME: state, NO_COLOR: '1', ...environment },
    });
    child.stdin.end(input);
    return child;
  }

  /** A command to its end. */
  async run(args: readonly string[], running: Running = {}): Promise<Outcome> {
    const child = this.start(args, running);
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const stdout: string[] = [];
    const stderr: string[] = [];
    child.stdout?.setEncoding('utf8').on('data', text => stdout.push(text));
    child.stderr?.setEncoding('utf8').on('data', text => stderr.push(text));
    child.on('close', resolve);
    return { code: await promise, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  /** What people see; the command must succeed. */
  async text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    return stdout;
  }

  /** The data of `--json`, which must be as its contract says. */
  // biome-ignore lint/suspicious/noExplicitAny: documents of many shapes
  async json(...args: string[]): Promise<any> {
    return documentOf(await this.run([...args, '--json'])).data;
  }
}

/** One document, held against its contract. */
// biome-ignore lint/suspicious/noExplicitAny: documents of many shapes
export function documentOf({ stdout, stderr }: Outcome): { schema: string; data: any } {
  expect(stdout.split('\n'), stderr).toHaveLength(2);
  const { schema, data, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({});
  const contract = CONTRACTS[String(schema).replace('3cx-relay/', '')];
  expect(contract?.safeParse(data).error, schema).toBeUndefined();
  expect(contract, `a contract for ${schema}`).toBeDefined();
  return { schema, data };
}
