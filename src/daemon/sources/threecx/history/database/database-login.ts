import { iniLogins } from './ini-logins.ts';
import { DEFAULT_DATABASE, DEFAULT_HOST, DEFAULT_PORT, DEFAULT_USER, type LoginTry } from './login.ts';

/** What is known of the way to the PBX's database; what is absent is found by looking. */
export interface DatabaseOptions {
  /** DB_HOST and its siblings; one of them is enough to make a rung of its own. A host that begins with / is a socket folder. */
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  /** DB_INI, looked at before the usual places. */
  ini?: string;
  /** The usual places. */
  iniFiles?: readonly string[];
  socketFolder?: string;
  poolMax?: number;
  poolMin?: number;
  idleTimeoutMs?: number;
  connectTimeoutMs?: number;
}

/** 3CX: the first is what the project's brief names, the second where V20 on Debian has its live file. */
const INI_FILES = [
  '/var/lib/3cxpbx/Instance1/Bin/3CXPhoneSystem.ini',
  '/var/lib/3cxpbx/Bin/3CXPhoneSystem.ini',
];
const SOCKET_FOLDER = '/var/run/postgresql';

/** Every way in, in the order they are tried. Files are read anew each time: an update of the PBX may change them. */
export async function loginLadder(options: DatabaseOptions): Promise<LoginTry[]> {
  const paths = [options.ini, ...(options.iniFiles ?? INI_FILES)].filter(path => path !== undefined);
  const inis = await Promise.all([...new Set(paths)].map(iniLogins));
  return [givenLogin(options), ...inis.flat(), peerLogin(options)];
}

function givenLogin({ host, port, database, user, password }: DatabaseOptions): LoginTry {
  const rung = 'DB_* variables';
  if ([host, database, user, password].every(value => value === undefined)) {
    return { rung, failure: 'neither host, name, user nor password is set', isAbsent: true };
  }
  const login = {
    host: host ?? DEFAULT_HOST,
    port: port ?? DEFAULT_PORT,
    database: database ?? DEFAULT_DATABASE,
    user: user ?? DEFAULT_USER,
    password: password ?? null,
  };
  return { rung, login };
}

/** 3CX: V20 on Debian lets the system user phonesystem in over the socket without a password. */
function peerLogin({ socketFolder = SOCKET_FOLDER, port = DEFAULT_PORT }: DatabaseOptions): LoginTry {
  const login = { host: socketFolder, port, database: DEFAULT_DATABASE, user: DEFAULT_USER, password: null };
  return { rung: `peer login at ${socketFolder}`, login };
}
