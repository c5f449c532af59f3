export interface Login {
  /** A name, an address, or the folder of a Unix socket. */
  host: string;
  port: number;
  database: string;
  user: string;
  /** Null for peer login, where the system user is the proof. */
  password: string | null;
}

/** One rung of the ladder: a login to try, or why there is none. Reasons never hold a password. */
export type LoginTry = { rung: string; login: Login } | { rung: string; failure: string; isAbsent?: true };

export interface RungFailure {
  rung: string;
  reason: string;
  /** Nothing was there at all that could have let us in. */
  isAbsent?: true;
}

export const DEFAULT_HOST = '127.0.0.1';
/** 3CX: of a Linux install; the server that comes with the one for Windows listens at 5480. */
export const DEFAULT_PORT = 5432;
export const DEFAULT_DATABASE = 'database_single';
export const DEFAULT_USER = 'phonesystem';
