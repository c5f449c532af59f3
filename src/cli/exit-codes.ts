/** What a script may rely on: a number means the same in every command. */
export const EXIT = {
  failed: 1,
  usage: 2,
} as const;
