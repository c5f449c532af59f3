import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

export interface Ran {
  code: number;
  /** What it wrote, on both streams. */
  output: string;
}

/** The one door to the machine: programs, ports, room. All files are reached through `at`. */
export interface Host {
  /** False for a folder that only looks like a machine: files are put there, and nothing is run. */
  readonly isLive: boolean;
  /** Whether this process may change the machine. */
  readonly isRoot: boolean;
  /** Whose all is that is nobody else's. */
  readonly rootId: number;
  /** Where a path of the machine really is. */
  at(path: string): string;
  run(program: string, args: readonly string[]): Promise<Ran>;
  freeBytes(path: string): Promise<number>;
  isPortFree(address: string, port: number): Promise<boolean>;
  /** What `/relay/health` says of its version; null: nobody of ours answers. */
  versionAt(url: string): Promise<string | null>;
  wait(ms: number): Promise<void>;
}

/** systemd waits for our READY for 60 s; copying and testing take less. */
const RUN_WITHIN_MS = 180_000;
const OUTPUT_BYTES_MAX = 4_194_304;
const HEALTH_WITHIN_MS = 2000;
/** What a program that is not there ends with in a shell. */
const NOT_THERE = 127;

/** The machine itself, or with another root a folder in its place. */
export function hostAt(root: string): Host {
  const isLive = resolve(root) === '/';
  return {
    isLive,
    isRoot: process.geteuid?.() === 0,
    rootId: 0,
    at: path => (isLive ? path : join(resolve(root), path)),
    run: runProgram,
    freeBytes: async path => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    isPortFree: (address, port) => {
      const { promise, resolve: tell } = Promise.withResolvers<boolean>();
      const server = createServer();
      server.once('error', () => tell(false));
      server.listen({ host: address, port, exclusive: true }, () => server.close(() => tell(true)));
      return promise;
    },
    versionAt,
    wait: ms => new Promise(done => setTimeout(done, ms)),
  };
}

function runProgram(program: string, args: readonly string[]): Promise<Ran> {
  const { promise, resolve: tell } = Promise.withResolvers<Ran>();
  const { RELAY_HOME: _, ...environment } = process.env;
  const options = {
    timeout: RUN_WITHIN_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    // Words of other languages could not be told apart.
    env: { ...environment, LC_ALL: 'C', SYSTEMD_PAGER: '' },
  };
  execFile(program, [...args], options, (error, stdout, stderr) => {
    const output = `${stdout}${stderr}`.trim();
    if (error === null) tell({ code: 0, output });
    else if (error.code === 'ENOENT') tell({ code: NOT_THERE, output: `${program} is not there` });
    else tell({ code: typeof error.code === 'number' ? error.code : 1, output: output || error.message });
  });
  return promise;
}

async function versionAt(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/relay/health`, { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
    const body: unknown = await response.json();
    const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : null;
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
