import type { Terminal } from './terminal.ts';

const CODES = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

/**
 * Whatever ends us from outside or by a defect goes through the terminal's own end, so that it is its owner's again
 * before anything is said. Returns what takes that back.
 */
export function endsWell(terminal: Terminal): () => void {
  const heard = Object.entries(CODES).map(([name, code]) => {
    const told = (): void => {
      process.exitCode = code;
      terminal.quit();
    };
    return [name, told] as const;
  });
  const broken = (error: Error): void => terminal.quit(error);
  for (const [name, told] of heard) process.on(name, told);
  // Rejections that nobody hears come here too.
  process.on('uncaughtException', broken);
  return () => {
    for (const [name, told] of heard) process.off(name, told);
    process.off('uncaughtException', broken);
  };
}
