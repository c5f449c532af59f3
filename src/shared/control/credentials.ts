import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CliError } from './cli-error.ts';

/** A token to try, and what to do when it is worth nothing any more. */
export interface Credential {
  token: string;
  forget(): void;
}

export interface SavedLogin {
  name: string;
  token: string;
  expiresAt: number;
}

/** One login for each socket. */
type SavedLogins = Record<string, SavedLogin>;

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The login somebody made goes first, because the audit log then has his own name; then the daemon's own token. */
export function credentialsFor(socketPath: string): Credential[] {
  const login = savedLogin(socketPath);
  const token = operatorToken(socketPath);
  return [
    ...(login === null ? [] : [{ token: login.token, forget: () => forgetIfPossible(socketPath) }]),
    ...(token === null ? [] : [{ token, forget: () => {} }]),
  ];
}

export function savedLogin(socketPath: string): SavedLogin | null {
  const login: unknown = readLogins()[resolve(socketPath)];
  return isLogin(login) && login.expiresAt > Date.now() ? login : null;
}

export function saveLogin(socketPath: string, login: SavedLogin): void {
  writeLogins({ ...readLogins(), [resolve(socketPath)]: login });
}

export function forgetLogin(socketPath: string): void {
  const { [resolve(socketPath)]: _, ...others } = readLogins();
  writeLogins(others);
}

function forgetIfPossible(socketPath: string): void {
  try {
    forgetLogin(socketPath);
  } catch {
    // It is worth nothing any more: to lie there does no harm.
  }
}

export function loginFile(): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(state, '3cx-relay', 'logins.json');
}

/** The daemon leaves it beside its socket. */
export function operatorTokenFile(socketPath: string): string {
  return join(dirname(resolve(socketPath)), 'operator.token');
}

/** Who sits there, as far as the system tells; under sudo, who typed it. Fit for a header. */
export function claimedUser(): string {
  return (process.env['SUDO_USER'] || userName()).replaceAll(/[^\x21-\x7e]/g, '?');
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as in containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function operatorToken(socketPath: string): string | null {
  try {
    return readFileSync(operatorTokenFile(socketPath), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function isLogin(login: unknown): login is SavedLogin {
  const { name, token, expiresAt } = (login ?? {}) as Partial<Record<keyof SavedLogin, unknown>>;
  // What is no token would not fit into a header either.
  return typeof name === 'string' && /^[\x21-\x7e]+$/.test(String(token)) && typeof expiresAt === 'number';
}

/** A file that is missing or torn is as good as none: whoever needs a login is told. */
function readLogins(): SavedLogins {
  try {
    const logins: unknown = JSON.parse(readFileSync(loginFile(), 'utf8'));
    return typeof logins === 'object' && logins !== null ? (logins as SavedLogins) : {};
  } catch {
    return {};
  }
}

function writeLogins(logins: SavedLogins): void {
  const file = loginFile();
  const fresh = `${file}.${process.pid}`;
  try {
    if (Object.keys(logins).length === 0) return rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
    rmSync(fresh, { force: true });
    writeFileSync(fresh, JSON.stringify(logins), { mode: FILE_MODE, flag: 'wx' });
    renameSync(fresh, file);
  } catch (error) {
    if (existsSync(fresh)) rmSync(fresh);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CliError(
      'E_FILE',
      `The file of logins ${file} cannot be written (${code}).`,
      'Make it and its folder your own, or set XDG_STATE_HOME to a folder that is.',
    );
  }
}
