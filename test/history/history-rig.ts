import { Client, type ClientConfig } from 'pg';
import { vi } from 'vitest';
import type { Clock, ComponentHealth } from '../../src/daemon/core/ports.ts';
import { Database } from '../../src/daemon/sources/threecx/history/database/database.ts';
import type { DatabaseOptions } from '../../src/daemon/sources/threecx/history/database/database-login.ts';
import { History } from '../../src/daemon/sources/threecx/history/history.ts';
import type { XapiGetter } from '../../src/daemon/sources/threecx/history/reports/report.ts';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ReferenceClient } from '../simulator/reference-client.ts';

export const clock: Clock = { now: () => Date.now(), elapsed: () => performance.now() };

type Address = NonNullable<Simulator['addresses']['database']>;

export interface HistoryRig {
  simulator: Simulator;
  address: Address;
  /** As the PBX itself, which may write. */
  asPbx<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
}

export async function startHistoryRig(options: SimulatorOptions = {}): Promise<HistoryRig> {
  const simulator = await startSimulator({ seed: 5, ...options });
  const { database: address, databaseMissing } = simulator.addresses;
  if (!address) throw new Error(databaseMissing ?? 'no database');
  const { socketFolder, port, database, peerUser } = address;
  const login: ClientConfig = { host: socketFolder, port, database, user: peerUser };
  return {
    simulator,
    address,
    asPbx: async work => {
      const client = new Client(login);
      client.on('error', () => {});
      await client.connect();
      return work(client).finally(() => client.end());
    },
    stop: () => simulator.stop(),
  };
}

export interface Opened {
  database: Database;
  history: History;
  health: ComponentHealth[];
  close(): Promise<void>;
}

/** Opens the simulator's database by its ini file unless told otherwise. */
export function openDatabase(
  { address }: HistoryRig,
  changes: DatabaseOptions = {},
  xapi: XapiGetter | null = null,
): Opened {
  const health: ComponentHealth[] = [];
  const database = new Database({
    options: { iniFiles: [address.iniFile], socketFolder: '/nowhere', connectTimeoutMs: 1000, ...changes },
    health: { report: told => health.push(told), incident: () => {} },
    clock,
    random: () => 0,
  });
  const stop = new AbortController();
  database.start(stop.signal);
  const history = new History({ database, xapi, clock });
  return { database, history, health, close: () => database.stop() };
}

export async function untilUp(opened: Opened): Promise<Opened> {
  const check = () => {
    if (opened.health.at(-1)?.state !== 'up') throw new Error('the database is not up');
  };
  await vi.waitFor(check, { timeout: 10_000, interval: 20 });
  return opened;
}

/** The XAPI as the daemon's client gives it: parsed answers, or an error. */
export function xapiOf({ simulator }: HistoryRig, asked: string[] = []): XapiGetter {
  const { pbxUrl, clientId, clientSecret } = simulator.addresses;
  const client = new ReferenceClient(pbxUrl, { clientId, clientSecret });
  return {
    get: async path => {
      asked.push(path);
      const response = await client.get(path);
      if (!response.ok) throw new Error(`XAPI answered ${response.status} to ${path}`);
      return response.json();
    },
  };
}

/** What the server itself says of our connections. */
export function ourSessions(rig: HistoryRig): Promise<{ pid: number; state: string; query: string }[]> {
  return rig.asPbx(async client => {
    const { rows } = await client.query(
      "SELECT pid, state, query FROM pg_stat_activity WHERE application_name = '3cx-relay' ORDER BY pid",
    );
    return rows;
  });
}
