import type { Config } from './config.ts';

/** What the configuration says of the way to the PBX's database; what is absent is found by looking. */
interface DatabaseSettings {
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  ini?: string;
  poolMax: number;
  poolMin: number;
  idleTimeoutMs: number;
  connectTimeoutMs: number;
}

export function databaseOptions({
  databaseLogin: login,
  databaseIni,
  databasePool: pool,
}: Config): DatabaseSettings {
  return {
    ...(login && { host: login.host, port: login.port, database: login.name, user: login.user }),
    ...(login?.password && { password: login.password }),
    ...(databaseIni !== null && { ini: databaseIni }),
    poolMax: pool.max,
    poolMin: pool.min,
    idleTimeoutMs: pool.idleTimeoutMs,
    connectTimeoutMs: pool.connectTimeoutMs,
  };
}
