import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../src/daemon/core/ports.ts';
import { ApiKeys } from '../../src/daemon/guards/api-keys.ts';
import { KeyHasher } from '../../src/daemon/guards/key-hasher.ts';
import type { Principal } from '../../src/daemon/guards/principal.ts';
import { openDatabase } from '../../src/daemon/store/database.ts';
import { readSchema } from '../../src/daemon/store/schema-text.ts';

const root = join(import.meta.dirname, '../..');

/** A clock that stands still until it is stepped. */
export class SteppedClock implements Clock {
  #ms = 0;
  readonly #start = Date.now();

  now(): number {
    return this.#start + this.#ms;
  }

  elapsed(): number {
    return this.#ms;
  }

  step(ms: number): void {
    this.#ms += ms;
  }
}

/** The part of a daemon that keeps keys, on a folder of its own. */
export interface Office {
  home: string;
  clock: SteppedClock;
  database: Database;
  hasher: KeyHasher;
  keys: ApiKeys;
  faults: unknown[];
  close(): Promise<void>;
}

export function openOffice(home = mkdtempSync(join(tmpdir(), 'relay-keys-'))): Office {
  const clock = new SteppedClock();
  const hasher = new KeyHasher();
  const faults: unknown[] = [];
  const database = openDatabase({ path: join(home, 'state.db'), part: 'state', schema: readSchema() });
  const onFault = (error: unknown): void => void faults.push(error);
  const keys = new ApiKeys({ database, hasher, clock, ratePerMinute: 300, onFault });
  const ending = new AbortController();
  keys.start(ending.signal);
  const close = async (): Promise<void> => {
    ending.abort();
    keys.stop();
    await hasher.stop();
    database.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { home, clock, database, hasher, keys, faults, close };
}

export function principalWith(changes: Partial<Principal>): Principal {
  const { extensions = null, queues = null } = changes;
  const onlyDns =
    extensions === null && queues === null ? null : new Set([...(extensions ?? []), ...(queues ?? [])]);
  return {
    keyId: '0a1b2c3d',
    name: 'test',
    permissions: ['read'],
    extensions,
    queues,
    onlyDns,
    networks: null,
    sourceNetworks: null,
    ratePerMinute: 300,
    expiresAt: null,
    ...changes,
  };
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  data: any;
}

/** `3cx-relay keys …` as its own process, from the sources. */
export function keysCli(home: string, ...args: string[]): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const command = [join(root, 'src/cli/main.ts'), 'keys', ...args];
  execFile(
    process.execPath,
    command,
    { env: { ...process.env, RELAY_HOME: home } },
    (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({
        code,
        stdout,
        stderr,
        data: args.includes('--json') && stdout !== '' ? JSON.parse(stdout).data : null,
      });
    },
  );
  return promise;
}
