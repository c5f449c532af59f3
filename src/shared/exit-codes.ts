/** What a script may rely on: a number means the same in every command. */
export const EXIT = {
  failed: 1,
  usage: 2,
  /** A dry run found that something would change, or doctor that something fails. */
  found: 8,
} as const;

/** Asked for what does not exist or cannot be, so it ends with `EXIT.usage`; the message says what. */
export class UsageError extends Error {}
