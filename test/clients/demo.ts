import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Demo {
  relayUrl: string;
  apiKey: string;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** `3cx-relay demo --headless` as its own process, from the sources, with a busy office. */
export async function startDemo({ allowedOrigins }: { allowedOrigins: string }): Promise<Demo> {
  const args = ['src/cli/main.ts', 'demo', '--headless', '--calls-per-minute', '300'];
  const child = spawn(process.execPath, ['--import', './bin/node-guard.js', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ALLOWED_ORIGINS: allowedOrigins },
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  const line = once(createInterface({ input: child.stdout }), 'line');
  const [text] = await Promise.race([
    line,
    exited.then(([code]) => {
      throw new Error(`The demo ended with ${code} before it was ready.`);
    }),
  ]);
  const { relayUrl, apiKey } = JSON.parse(text);
  return { relayUrl, apiKey, stop };
}
