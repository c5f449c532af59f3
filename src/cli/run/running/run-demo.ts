import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GivenOf } from '../../command.ts';
import type { demoCommand } from '../../commands/running.ts';
import { hasScreen, openOn } from '../dashboard/open.ts';

/** In a folder of its own, which goes when it ends. */
export async function runInTemporaryHome(given: GivenOf<typeof demoCommand>): Promise<null> {
  const { runDemo } = await import('./demo.ts');
  const home = await mkdtemp(join(tmpdir(), '3cx-relay-demo-'));
  try {
    await runDemo({
      home,
      isHeadless: given.headless,
      // Without a terminal it says what can be tried, and runs until it is stopped.
      openScreen: given.dashboard && !given.headless && hasScreen() ? told => openOn(given, told) : null,
      seed: given.seed,
      callsPerMinute: given['calls-per-minute'],
      port: given.port,
      allowedOrigins: process.env['ALLOWED_ORIGINS'],
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
  return null;
}
