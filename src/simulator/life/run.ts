import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import type { Past, SimulatorOptions } from '../options.ts';
import { startSimulator } from '../simulator.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_EXIT_BASE = 128;
/** npm hands on a Ctrl-C that the terminal has sent to us already: so close together, two are one. */
const SAME_WISH_MS = 300;

/** Runs until a signal comes or nobody can be told of the addresses; a second signal ends it at once. */
export async function runUntilStopped(options: SimulatorOptions, past: Past | null): Promise<void> {
  const starting = startSimulator(options);
  let askedAt: number | undefined;
  const stop = (): void => {
    if (askedAt !== undefined) return;
    askedAt = performance.now();
    // A start that fails is reported where it is waited for.
    starting.then(simulator => simulator.stop().catch(report)).catch(() => {});
  };
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const isSecond = askedAt !== undefined && performance.now() - askedAt > SAME_WISH_MS;
      if (isSecond) process.exit(SIGNAL_EXIT_BASE + constants.signals[signal]);
      stop();
    });
  }
  process.stdout.on('error', stop);

  const simulator = await starting;
  if (askedAt !== undefined) return;
  const { databaseMissing } = simulator.addresses;
  if (databaseMissing !== null) {
    process.stderr.write(`No database (history by XAPI only): ${databaseMissing}\n`);
  }
  if (past) {
    const started = performance.now();
    const records = await simulator.fillHistory(past);
    if (askedAt !== undefined) return;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`Wrote ${records} records of the past ${past.days} days in ${seconds} s\n`);
  }
  // Signals are heard between two turns: one that came in meanwhile is heard before anybody is told to begin.
  await nextTurn();
  await nextTurn();
  if (askedAt === undefined) process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
}

/** One sentence, and what a script learns of it. */
export function report(error: unknown): void {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
