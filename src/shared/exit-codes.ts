/** What a script may rely on: a number means the same in every command. */
export const EXIT = {
  failed: 1,
  usage: 2,
  /** The daemon does not run, or its socket cannot be reached. */
  daemonAway: 3,
  /** By key, role, login or the socket's rights. */
  denied: 4,
  notFound: 5,
  /** The phone system or its database. */
  upstream: 6,
  timedOut: 7,
  /** A dry run found that something would change, or doctor that something fails. */
  found: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Asked for what does not exist or cannot be, so it ends with `EXIT.usage`; the message says what. */
export class UsageError extends Error {}
