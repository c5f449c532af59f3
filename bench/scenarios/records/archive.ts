import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import type { DatabaseAddress } from '../../../src/simulator/database/database.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { Peer } from '../../servers/peer.ts';
import { pbxOf, Relay } from '../../servers/relay.ts';

/** A simulated PBX with a past, the relay beside it, and a plain server over the same database. */
export interface Archive {
  relay: Relay;
  peer: Peer;
  rows: number;
  range: { start: string; end: string };
  /** The n-th newest record, counted from one. */
  recordAt(position: number): Promise<{ key: string; id: string }>;
  /** Null where there is no psql. */
  psqlMs(sql: string): Promise<number | null>;
  stop(): Promise<void>;
}

const DAYS = 90;
/** A call has at least so many records on average, so no fewer come than are wanted, and at most a tenth more. */
const ROWS_PER_CALL = 1.95;
const DAY_MS = 86_400_000;
const PSQL_OUTPUT_MAX_BYTES = 64 * 1_048_576;

export async function startArchive(wantedRows: number): Promise<Archive> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const simulator = await startSimulator({ extensions: 200, queues: 5, seed: 3 });
    stops.push(() => simulator.stop());
    const { addresses } = simulator;
    if (addresses.database === null) throw new Error(`No PostgreSQL here: ${addresses.databaseMissing}`);
    const { database } = addresses;
    const rows = await simulator.fillHistory({
      days: DAYS,
      callsPerDay: Math.ceil(wantedRows / DAYS / ROWS_PER_CALL),
    });
    await simulator.settled();
    const client = new pg.Client(loginOf(database));
    await client.connect();
    stops.push(() => client.end());
    const relay = await Relay.start({ pbx: pbxOf(addresses) });
    stops.push(() => relay.stop());
    const peer = await Peer.start('http-pg', { DATABASE: JSON.stringify(loginOf(database)) });
    stops.push(() => peer.stop());
    return {
      ...{ relay, peer, rows, stop },
      range: {
        start: new Date(Date.now() - (DAYS + 1) * DAY_MS).toISOString(),
        end: new Date(Date.now() + DAY_MS).toISOString(),
      },
      recordAt: position => recordAt(client, position),
      psqlMs: sql => psqlMs(database, sql),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function recordAt(client: pg.Client, position: number): Promise<{ key: string; id: string }> {
  const { rows } = await client.query(
    `SELECT (cdr_started_at AT TIME ZONE 'UTC')::text || '+00' AS key, cdr_id::text AS id FROM cdroutput
     ORDER BY cdr_started_at DESC, cdr_id DESC OFFSET $1 LIMIT 1`,
    [position - 1],
  );
  return rows[0];
}

async function psqlMs(address: DatabaseAddress, sql: string): Promise<number | null> {
  const { host, port, user, password, database } = address;
  const login = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  };
  try {
    const { stdout } = await promisify(execFile)('psql', ['-X', '-A', '-t', '-c', '\\timing on', '-c', sql], {
      env: { ...process.env, ...login },
      maxBuffer: PSQL_OUTPUT_MAX_BYTES,
    });
    return Number(/^Time: ([\d.]+) ms/m.exec(stdout)?.[1] ?? Number.NaN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function loginOf({ host, port, user, password, database }: DatabaseAddress): pg.ClientConfig {
  return { host, port, user, password, database };
}
