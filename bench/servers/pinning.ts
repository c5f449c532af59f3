import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** The server under test has a core of its own, and all else of the bench shares another. */
const SERVER_CORE = '0';
const LOAD_CORE = '1';

export const canPin = cpus().length >= 2 && hasTaskset();

/** How a server is started: on its core where that is possible. */
export function onServerCore(command: string[]): string[] {
  return canPin ? ['taskset', '-c', SERVER_CORE, ...command] : command;
}

/** All threads of this process, and what it starts from now on without asking for another core. */
export function moveToLoadCore(): void {
  if (canPin) execFileSync('taskset', ['-acp', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
