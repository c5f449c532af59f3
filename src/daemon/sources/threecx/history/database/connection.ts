import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PoolClient, PoolConfig } from 'pg';
import * as z from 'zod';
import type { DatabaseOptions } from './database-login.ts';
import type { Login } from './login.ts';

export const STATEMENT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5000;
const LOCK_TIMEOUT_MS = 3000;
const IDLE_IN_TRANSACTION_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const CLIENT_CHECK_MS = 2000;
/** The server answers it by closing; one that does not is left alone. */
const CANCEL_TIMEOUT_MS = 2000;
const CANCEL_REQUEST_CODE = 80_877_102;

/**
 * Asked for by name, so that one an older server does not know is no error. Compiling queries costs more than it saves
 * here; without statistics the planner was seen to loop over a million rows a hundred times (40 s instead of 1 s).
 */
const TUNING = `SELECT set_config(name, value, false) FROM (VALUES ('jit', 'off'), ('enable_nestloop', 'off'),
  ('cursor_tuple_fraction', '1'), ('client_connection_check_interval', '${CLIENT_CHECK_MS}')) AS wanted (name, value)
  JOIN (SELECT name FROM pg_catalog.pg_settings) known USING (name)`;

const backendSchema = z.object({ processID: z.number(), secretKey: z.number() });

/** Every session reads only, says who it is and gives up by itself. */
export function poolConfig(login: Login, options: DatabaseOptions): PoolConfig {
  const tuning = { text: TUNING, query_timeout: CONNECT_TIMEOUT_MS };
  return {
    ...login,
    // Whatever is left out here, the library would take from the environment.
    password: login.password ?? (() => ''),
    ssl: false,
    application_name: '3cx-relay',
    client_encoding: 'UTF8',
    options: '-c default_transaction_read_only=on -c TimeZone=UTC -c DateStyle=ISO',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    max: options.poolMax,
    min: options.poolMin ?? 0,
    idleTimeoutMillis: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    onConnect: client => client.query(tuning).then(() => {}),
  };
}

/** Asks the server to drop the client's question, by the protocol's own request, which needs no session. */
export async function sendCancel({ host, port }: Login, client: PoolClient): Promise<void> {
  const backend = backendSchema.safeParse(client);
  if (!backend.success) return;
  const { processID, secretKey } = backend.data;
  const request = Buffer.alloc(16);
  [request.length, CANCEL_REQUEST_CODE, processID].forEach((value, index) => {
    request.writeInt32BE(value, index * 4);
  });
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host);
  const given = new AbortController();
  socket.on('error', () => {});
  socket.on('close', () => given.abort());
  socket.end(request);
  // The server closes when it has passed the request on.
  await wait(CANCEL_TIMEOUT_MS, undefined, { signal: given.signal }).catch(() => {});
  socket.destroy();
}
