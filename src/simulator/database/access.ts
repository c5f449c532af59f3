import { Client, type ClientConfig, escapeLiteral } from 'pg';
import type { Layout } from './record-table.ts';
import { tableDefinitions } from './tables.ts';

export const DATABASE = 'database_single';
export const MASTER_DATABASE = 'masterprofiles';
export const READER = 'logsreader';
/** 3CX: the PBX's own role; everything in its databases belongs to it. */
export const OWNER = 'phonesystem';
export const SUPERUSER = 'postgres';

const PEER_MAP = 'pbx';

/**
 * pg_hba.conf: the first line that fits decides, and no line means no. Our own logins come over the server's own
 * socket, past the door.
 */
export const HBA = `
local  all          ${SUPERUSER}  scram-sha-256
local  all          ${OWNER}      peer map=${PEER_MAP}
host   ${DATABASE}  ${READER}     127.0.0.1/32  scram-sha-256
host   all          ${OWNER}      127.0.0.1/32  scram-sha-256
`;

/** pg_ident.conf: on a real system the user is `phonesystem`, here it is who runs the simulator. */
export function identFor(systemUser: string): string {
  return `${PEER_MAP}  "${systemUser}"  ${OWNER}\n`;
}

interface ContentOptions {
  layout: Layout;
  readerPassword: string;
  ownerPassword: string;
}

export async function createContent(login: ClientConfig, options: ContentOptions): Promise<void> {
  await runAll({ ...login, database: 'postgres' }, [
    `CREATE ROLE ${OWNER} LOGIN PASSWORD ${escapeLiteral(options.ownerPassword)}`,
    `CREATE ROLE ${READER} LOGIN PASSWORD ${escapeLiteral(options.readerPassword)}`,
    `ALTER ROLE ${READER} SET default_transaction_read_only = on`,
    `CREATE DATABASE ${DATABASE} OWNER ${OWNER}`,
    `CREATE DATABASE ${MASTER_DATABASE} OWNER ${OWNER}`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${DATABASE}, ${MASTER_DATABASE} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${DATABASE} TO ${READER}`,
  ]);
  await runAll({ ...login, database: DATABASE }, [
    // Large objects are the one thing that every role may write, tables or no tables.
    'REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC',
    `SET ROLE ${OWNER}`,
    tableDefinitions(options.layout),
    `GRANT USAGE ON SCHEMA public TO ${READER}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READER}`,
  ]);
}

async function runAll(login: ClientConfig, statements: string[]): Promise<void> {
  const client = new Client(login);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
