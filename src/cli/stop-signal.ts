/** Aborted by Ctrl-C or SIGTERM, which then say by the exit code that it was them. A second one ends at once. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const [name, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(name, () => {
      process.exitCode = exit;
      stopping.abort();
    });
  }
  return stopping.signal;
}
