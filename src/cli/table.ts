import { on, type Runnable } from './command.ts';
import * as health from './commands/health.ts';
import * as keys from './commands/keys.ts';
import * as running from './commands/running.ts';

/** All there is, in the order in which help shows it, and where its code stands. */
export const COMMANDS: readonly Runnable[] = [
  on(health.doctorCommand, async given => (await import('./run/health/doctor.ts')).doctor(given)),

  on(keys.keysCreateCommand, async given => (await import('./run/keys/keys.ts')).createKey(given)),
  on(keys.keysListCommand, async () => (await import('./run/keys/keys.ts')).listKeys()),
  on(keys.keysRevokeCommand, async given => (await import('./run/keys/keys.ts')).revokeKey(given)),
  on(keys.keysRotateCommand, async given => (await import('./run/keys/keys.ts')).rotateKey(given)),

  on(running.daemonCommand, async () => {
    const { run } = await import('../daemon/main.ts');
    await run();
    return null;
  }),
  on(running.demoCommand, async given =>
    (await import('./run/running/run-demo.ts')).runInTemporaryHome(given),
  ),
  on(running.infoCommand, async () => (await import('./run/running/info.ts')).info()),
];
