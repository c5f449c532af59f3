import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClientConfig } from 'pg';
import { type LeashedProcess, startLeashed } from './leashed-process.ts';
import { DatabaseMissing, type PostgresBinaries, reasonOf } from './postgres-binaries.ts';

export interface PostgresServer {
  port: number;
  /** Full path of the server's own Unix socket. */
  socket: string;
  /** For our own connections, as superuser and past the door. */
  login: ClientConfig;
  stop(): Promise<void>;
}

interface ServerOptions {
  binaries: PostgresBinaries;
  folder: string;
  superuser: string;
  /** Contents of pg_hba.conf and pg_ident.conf. */
  access: { hba: string; ident: string };
}

interface Paths {
  folder: string;
  data: string;
  log: string;
}

/** All that is ever put into the folder: the data, links to libraries, and a copy of the programs. */
export const SERVER_ENTRIES = ['server', 'lib', 'native'];

const PORT_TRIES = 5;
const READY_TIMEOUT_MS = 30_000;
const READY_CHECK_MS = 10;
const LOG_TAIL_CHARS = 600;
/** sockaddr_un holds 108 bytes, the last of them zero. */
const SOCKET_PATH_BYTES = 107;

/** The data live as long as the simulator, so nothing is spent on surviving a crash. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'timezone=UTC',
  'log_timezone=UTC',
  // 100 for clients: our own logins, as superuser, never wait for one of theirs.
  'max_connections=110',
  'superuser_reserved_connections=10',
  'shared_buffers=64MB',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=2GB',
];

const run = promisify(execFile);

export async function startPostgres(options: ServerOptions): Promise<PostgresServer> {
  const folder = join(options.folder, 'server');
  const paths = { folder, data: join(folder, 'data'), log: join(folder, 'postgres.log') };
  const password = randomBytes(24).toString('hex');
  await initialise(paths, { ...options, password });
  for (let tries = 1; ; tries += 1) {
    const port = await findFreePort();
    const running = launch(paths, { ...options, port });
    const reason = await whyNotReady(paths, running);
    if (reason === undefined) {
      const login = { host: paths.folder, port, user: options.superuser, password };
      return { port, socket: socketPath(paths, port), login, stop: running.stop };
    }
    // Somebody else may have taken the port since it was found free.
    if (reason.includes('could not bind') && tries < PORT_TRIES) continue;
    throw new DatabaseMissing(`PostgreSQL does not start (${reason}).`);
  }
}

async function initialise(
  paths: Paths,
  { binaries, superuser, password, access }: ServerOptions & { password: string },
): Promise<void> {
  if (Buffer.byteLength(socketPath(paths, 65_535)) > SOCKET_PATH_BYTES) {
    throw new DatabaseMissing(
      `${paths.folder} is too long for a socket's path. Set TMPDIR to a shorter one.`,
    );
  }
  const own = async (path: string) => {
    if (binaries.account) await chown(path, binaries.account.uid, binaries.account.gid);
  };
  const write = async (name: string, content: string) => {
    await writeFile(join(paths.folder, name), content, { mode: 0o600 });
    await own(join(paths.folder, name));
  };
  await mkdir(paths.folder, { mode: 0o700 });
  await own(paths.folder);
  await write('password', password);
  await write('pg_hba.conf', access.hba);
  await write('pg_ident.conf', access.ident);
  await runInitdb(paths, { binaries, superuser });
  await rm(join(paths.folder, 'password'));
}

async function runInitdb(
  paths: Paths,
  { binaries, superuser }: Pick<ServerOptions, 'binaries' | 'superuser'>,
): Promise<void> {
  const format = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-data-checksums'];
  const login = [`--username=${superuser}`, `--pwfile=${join(paths.folder, 'password')}`];
  const flags = ['--no-sync', '--no-instructions', ...format, ...login, '-D', paths.data];
  try {
    await run(binaries.initdb, flags, { env: binaries.environment, cwd: '/', ...binaries.account });
  } catch (error) {
    throw new DatabaseMissing(
      `PostgreSQL could not set up its files in ${paths.folder} (${reasonOf(error)}). ` +
        'If it lacks room or rights, set TMPDIR to a folder with 200 MB that every user may pass through.',
    );
  }
}

function launch(paths: Paths, { binaries, port }: ServerOptions & { port: number }): LeashedProcess {
  const settings = [
    ...SETTINGS,
    `port=${port}`,
    `unix_socket_directories=${paths.folder}`,
    `hba_file=${join(paths.folder, 'pg_hba.conf')}`,
    `ident_file=${join(paths.folder, 'pg_ident.conf')}`,
  ];
  return startLeashed({
    command: [binaries.postgres, '-D', paths.data, ...settings.flatMap(setting => ['-c', setting])],
    environment: binaries.environment,
    account: binaries.account,
    log: paths.log,
  });
}

/** The server itself notes in its pid file when it takes connections. */
async function whyNotReady(paths: Paths, running: LeashedProcess): Promise<string | undefined> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!running.hasExited() && performance.now() < deadline) {
    const status = await readFile(join(paths.data, 'postmaster.pid'), 'utf8').catch(() => '');
    if (status.trimEnd().endsWith('ready')) return undefined;
    await sleep(READY_CHECK_MS);
  }
  await running.stop();
  const log = await readFile(paths.log, 'utf8').catch(reasonOf);
  return log.slice(-LOG_TAIL_CHARS).trim().replaceAll('\n', '; ') || 'it said nothing';
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function socketPath({ folder }: Paths, port: number): string {
  return join(folder, `.s.PGSQL.${port}`);
}
