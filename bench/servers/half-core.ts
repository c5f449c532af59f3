import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ServerProcess } from './server-process.ts';

/** A process held to half a core, and how it was done. */
export interface Throttle {
  how: string;
  /** Gives the core back. */
  end(): Promise<void>;
}

const PERIOD_US = 100_000;
const QUOTA_US = 50_000;
/** As a unit with CPUQuota=50% has it. */
const UNIFIED = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
const OLDER = '/sys/fs/cgroup/cpu';

/** By the kernel's own quota where we may set one, else by stopping and going on 20 times a second. */
export function holdToHalfACore(server: ServerProcess): Throttle {
  return byQuota(server) ?? byStopping(server);
}

function byQuota(server: ServerProcess): Throttle | null {
  const name = `3cx-relay-bench-${server.pid}`;
  const unified = UNIFIED.find(root => controllersOf(root).includes('cpu'));
  const folder = join(unified ?? OLDER, name);
  try {
    mkdirSync(folder);
    if (unified) writeFileSync(join(folder, 'cpu.max'), `${QUOTA_US} ${PERIOD_US}`);
    else {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(QUOTA_US));
    }
    writeFileSync(join(folder, 'cgroup.procs'), String(server.pid));
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return null;
  }
  return {
    how: 'quota of a control group, 50 of every 100 ms',
    end: async () => {
      writeFileSync(join(folder, '..', 'cgroup.procs'), String(server.pid));
      rmdirSync(folder);
    },
  };
}

/** In a thread, because this one is busy with clients and would let the server run on. */
function byStopping(server: ServerProcess): Throttle {
  const worker = new Worker(new URL('./stop-and-go.ts', import.meta.url), { workerData: server.pid });
  return {
    how: 'stopped for 25 of every 50 ms',
    end: async () => {
      await worker.terminate();
      server.signal('SIGCONT');
    },
  };
}

function controllersOf(root: string): string {
  try {
    return readFileSync(join(root, 'cgroup.subtree_control'), 'utf8');
  } catch {
    return '';
  }
}
