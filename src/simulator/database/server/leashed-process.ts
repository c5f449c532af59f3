import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './postgres-binaries.ts';

export interface LeashedProcess {
  hasExited(): boolean;
  stop(): Promise<void>;
}

interface ProcessOptions {
  command: string[];
  environment: Record<string, string>;
  account: Account | undefined;
  /** Takes both outputs. */
  log: string;
}

/**
 * The shell becomes the program; beside it a reader waits on a pipe that we hold. If we die, however that happens,
 * the pipe breaks and the reader stops the program. A line on the pipe says that the program has gone by itself.
 */
const LEASH = '{ read -r _ <&3 || kill -QUIT $$; } & exec "$@" 3<&-';
const LEASH_FD = 3;
const STOP_TIMEOUT_MS = 10_000;

/** Runs a program that does not outlive us; SIGQUIT must make it stop at once. */
export function startLeashed({ command, environment, account, log }: ProcessOptions): LeashedProcess {
  const output = openSync(log, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', LEASH, 'leash', ...command], {
    env: environment,
    cwd: '/',
    stdio: ['ignore', output, output, 'pipe'],
    // Ctrl-C at the terminal is for us; we then stop things in order.
    detached: true,
    ...account,
  });
  closeSync(output);
  const leash = child.stdio[LEASH_FD];
  // The reader may already be gone when its last line is written.
  leash?.on('error', () => {});
  // In a hasty end there is no time to wait for the leash: whoever removes the files then must find no writer.
  const kill = (): void => void child.kill('SIGQUIT');
  process.prependListener('exit', kill);
  let exited = false;
  const exit = new Promise<void>(resolve => {
    const onExit = () => {
      exited = true;
      process.off('exit', kill);
      if (leash && 'end' in leash) leash.end('gone\n');
      resolve();
    };
    child.once('exit', onExit);
    child.once('error', onExit);
  });
  return {
    hasExited: () => exited,
    async stop() {
      if (!exited) child.kill('SIGQUIT');
      await Promise.race([exit, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
      if (!exited) child.kill('SIGKILL');
      await exit;
    },
  };
}
