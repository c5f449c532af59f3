import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import type { CallRecord } from '../exchange/call-record.ts';
import { KnobBoard } from '../knobs.ts';
import { type Database, type DatabaseAddress, type DatabaseOptions, startDatabase } from './database.ts';

/** For the tests of this folder only. */
export interface TestBench {
  knobs: KnobBoard;
  folder: string;
  database: Database;
  stop(): Promise<void>;
}

export async function startTestBench(options: Partial<DatabaseOptions> = {}): Promise<TestBench> {
  const knobs = options.knobs ?? new KnobBoard();
  const folder = mkdtempSync(join(tmpdir(), '3cx-database-'));
  const opened = await startDatabase({
    ...{ folder, port: 0, layout: 'current', ini: 'current', knobs },
    ...options,
  }).catch(async error => {
    await rm(folder, { recursive: true });
    throw error;
  });
  if ('missing' in opened) throw new Error(opened.missing);
  const stop = async () => {
    await opened.stop();
    await rm(folder, { recursive: true });
  };
  return { knobs, folder, database: opened, stop };
}

export function readerLogin({ host, port, database, user, password }: DatabaseAddress): ClientConfig {
  return { host, port, database, user, password };
}

export function peerLogin({ socketFolder, port, database, peerUser }: DatabaseAddress): ClientConfig {
  return { host: socketFolder, port, database, user: peerUser };
}

export async function withClient<T>(login: ClientConfig, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(login);
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export async function countRows(login: ClientConfig, from: string): Promise<number> {
  const { rows } = await withClient(login, client => client.query(`SELECT count(*)::int AS n FROM ${from}`));
  return rows[0].n;
}

/** Number n of as many as you like; each has its own id and caller. */
export function sampleRecord(n: number): CallRecord {
  const id = (part: number) => `00000000-01dc-3ced-3f4a-${part}${n.toString(16).padStart(11, '0')}`;
  const startedAt = Date.parse('2025-10-14T09:30:58.102Z') + n;
  return {
    cdr_id: id(0),
    call_history_id: id(1),
    main_call_history_id: id(1),
    source_participant_id: id(2),
    destination_participant_id: id(3),
    source_entity_type: 'external_line',
    destination_entity_type: 'extension',
    source_dn_number: '10001',
    destination_dn_number: '101',
    source_dn_type: 'provider',
    destination_dn_type: 'extension',
    source_dn_name: 'Main trunk',
    destination_dn_name: 'Zoë "Zed" O\'Neil',
    source_participant_name: 'Sales:\tMain\\line:\r\n',
    destination_participant_name: '',
    source_participant_phone_number: `+4420794${n}`,
    destination_participant_phone_number: '101',
    source_participant_trunk_did: '\\N',
    destination_participant_trunk_did: '',
    source_participant_is_incoming: true,
    destination_participant_is_incoming: false,
    source_participant_is_already_connected: true,
    destination_participant_is_already_connected: false,
    source_participant_group_name: '',
    destination_participant_group_name: 'DEFAULT',
    source_participant_billing_suffix: '',
    destination_participant_billing_suffix: '',
    base_cdr_id: null,
    originating_cdr_id: id(4),
    continued_in_cdr_id: null,
    creation_method: 'route_to',
    creation_forward_reason: 'polling',
    termination_reason: 'src_participant_terminated',
    termination_reason_details: 'none',
    terminated_by_participant_id: id(2),
    cdr_started_at: new Date(startedAt),
    cdr_answered_at: n % 2 === 0 ? new Date(startedAt + 5_021) : null,
    cdr_ended_at: new Date(startedAt + 65_437),
    source_presentation: '+442079460200',
    processed: true,
    migrated: false,
    offload_id: null,
  };
}
