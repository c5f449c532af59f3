import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { AgentInterval } from '../exchange/agent-board.ts';
import type { CallRecord } from '../exchange/call-record.ts';
import type { KnobBoard } from '../knobs.ts';
import { type Stop, stopAll } from '../life/stop-all.ts';
import { createContent, DATABASE, HBA, identFor, OWNER, READER, SUPERUSER } from './access.ts';
import { Door } from './door.ts';
import { INI_ENTRY, type IniKind, writeIniFile } from './ini-file.ts';
import { type Layout, operatorStateCopies, recordCopies, recordTable } from './record-table.ts';
import { DatabaseMissing, prepareBinaries } from './server/postgres-binaries.ts';
import { SERVER_ENTRIES, startPostgres } from './server/postgres-server.ts';
import { TableLock } from './table-lock.ts';
import { fillTable, Writer, type WriterState } from './writer.ts';

export interface DatabaseOptions {
  /** Exists. What we put there is removed at the end; as root, every user is let pass through it. */
  folder: string;
  /** Of the door; 0: any free one. */
  port: number;
  /** The real tables, or those that the project's brief describes. */
  layout: Layout;
  ini: IniKind;
  knobs: KnobBoard;
  /** For `operator_state_history`, since an interval knows only the number. */
  operatorName?: (dn: string) => string | undefined;
}

export interface DatabaseAddress {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  socketFolder: string;
  /** Logs in over the socket without a password, if the client runs as the same system user as the simulator. */
  peerUser: string;
  iniFile: string;
}

export interface Missing {
  missing: string;
}

export interface Database {
  readonly address: DatabaseAddress;
  /** Of the records handed over one by one. */
  readonly writerState: WriterState;
  /** Never waits; rows are kept in order and written as soon as the server takes them, see Writer. */
  writeRecord(record: CallRecord): void;
  /** Only the older layout keeps agents' states; a real system has no filled table for them. */
  writeAgentInterval(interval: AgentInterval): void;
  /** Bulk load of past calls, as fast as the server takes them; returns how many there were. */
  fill(batches: Iterable<CallRecord[]> | AsyncIterable<CallRecord[]>): Promise<number>;
  /** Resolves when all that was handed over so far can be read, rejects when we are stopped before. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const SOCKETS = 'sockets';
const OUR_ENTRIES = [...SERVER_ENTRIES, SOCKETS, INI_ENTRY];

export async function startDatabase(options: DatabaseOptions): Promise<Database | Missing> {
  const stops: Stop[] = [() => removeAll(options.folder)];
  try {
    return await build(options, stops);
  } catch (error) {
    await stopAll(stops);
    if (error instanceof DatabaseMissing) return { missing: error.message };
    throw error;
  }
}

async function build(options: DatabaseOptions, stops: Stop[]): Promise<Database> {
  const { folder, layout, knobs } = options;
  const passwords = { readerPassword: secret(), ownerPassword: secret() };

  const binaries = await prepareBinaries(folder);
  const access = { hba: HBA, ident: identFor(systemUser()) };
  const server = await startPostgres({ binaries, folder, superuser: SUPERUSER, access });
  stops.push(server.stop);
  await createContent(server.login, { layout, ...passwords });

  const login = { ...server.login, database: DATABASE };
  const toCopies = recordCopies(layout);
  const records = new Writer({ login, toCopies });
  const operatorStates = new Writer({ login, toCopies: operatorStateCopies });
  const lock = new TableLock({ login, table: recordTable(layout), knobs });
  stops.push(
    () => lock.stop(),
    () => records.stop(),
    () => operatorStates.stop(),
  );
  await lock.start();

  const socketFolder = join(folder, SOCKETS);
  await mkdir(socketFolder, { mode: 0o700 });
  const door = new Door({ port: options.port, socketFolder, knobs, server });
  stops.push(() => door.stop());
  const port = await door.start();
  const iniFile = await writeIniFile(folder, options.ini, { port, ...passwords });

  return {
    address: {
      host: '127.0.0.1',
      port,
      database: DATABASE,
      user: READER,
      password: passwords.readerPassword,
      socketFolder,
      peerUser: OWNER,
      iniFile,
    },
    get writerState() {
      return records.state;
    },
    writeRecord: record => records.write(record),
    writeAgentInterval: interval => {
      const name = options.operatorName?.(interval.dn) ?? null;
      if (layout === 'older') operatorStates.write({ ...interval, name });
    },
    fill: batches => fillTable({ login, toCopies }, batches),
    settled: async () => {
      await Promise.all([records.settled(), operatorStates.settled()]);
    },
    stop: () => stopAll(stops),
  };
}

/** Not the folder itself: others may keep things there. */
async function removeAll(folder: string): Promise<void> {
  for (const name of OUR_ENTRIES) await rm(join(folder, name), { recursive: true, force: true });
}

/** An id without an entry in /etc/passwd has no name, and then no peer login either. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

function secret(): string {
  return randomBytes(18).toString('base64url');
}
