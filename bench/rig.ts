import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SimulatorOptions } from '../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';

const launcher = join(import.meta.dirname, '../bin/3cx-relay');
const PAGE_BYTES = 4096;

/** A simulated 3CX in this process, and the relay in one of its own, as it runs in the field. */
export interface BenchRig {
  simulator: Simulator;
  url: string;
  key: string;
  rssBytes(): number;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startBenchRig(options: SimulatorOptions): Promise<BenchRig> {
  const simulator = await startSimulator(options);
  const home = mkdtempSync(join(tmpdir(), '3cx-relay-bench-'));
  const { pbxUrl, clientId, clientSecret, database } = simulator.addresses;
  const port = await freePort();
  const env = {
    ...process.env,
    RELAY_HOME: home,
    FQDN: '127.0.0.1',
    PBX_URL: pbxUrl,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    PORT: String(port),
    LOG_LEVEL: 'error',
    WS_MAX_PER_KEY: '20000',
    WS_MAX_PER_IP: '20000',
    WS_MAX_CLIENTS: '20000',
    WS_HANDSHAKES_PER_SECOND: '10000',
    KEY_RATE_PER_MINUTE: '1000000',
    ...(database && { DB_INI: database.iniFile }),
  };
  const order = ['keys', 'create', '--name', 'bench', '--permission', 'read', '--json'];
  const { stdout } = await promisify(execFile)(launcher, order, { env });
  const { key } = JSON.parse(stdout).data;
  const child: ChildProcess = spawn(launcher, ['daemon'], { env, stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await untilHealthy(url);
  return {
    ...{ simulator, url, key },
    rssBytes: () => Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await simulator.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const status = await fetch(`${url}/relay/health`).then(
      async response => ((await response.json()) as { status: string }).status,
      () => 'none',
    );
    if (status === 'healthy') return;
    await wait(100);
  }
  throw new Error('The relay did not become healthy within 20 s');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
