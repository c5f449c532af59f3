interface StopOptions {
  /** Whether a Ctrl-C of this moment is meant for another program at the same terminal. */
  isSpared?: () => boolean;
}

/** Aborted by Ctrl-C or SIGTERM, which then say by the exit code that it was them. A second one ends at once. */
export function stopSignal({ isSpared = () => false }: StopOptions = {}): AbortSignal {
  const stopping = new AbortController();
  for (const [name, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const stop = (): void => {
      if (name === 'SIGINT' && isSpared()) return;
      process.off(name, stop);
      process.exitCode = exit;
      stopping.abort();
    };
    process.on(name, stop);
  }
  return stopping.signal;
}
