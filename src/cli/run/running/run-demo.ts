import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GivenOf } from '../../command.ts';
import type { demoCommand } from '../../commands/running.ts';

/** In a folder of its own, which goes when it ends. */
export async function runInTemporaryHome(given: GivenOf<typeof demoCommand>): Promise<null> {
  const { runDemo } = await import('./demo.ts');
  const home = await mkdtemp(join(tmpdir(), '3cx-relay-demo-'));
  try {
    await runDemo({
      home,
      isHeadless: given.headless,
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
