import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Operating } from '../control/kit.ts';

/** The environment of somebody at a shell who has logged in as a viewer. */
export async function viewerEnvironment(operating: Operating): Promise<Record<string, string>> {
  const { socketPath } = operating;
  const token = await operating.login('vera', 'viewer');
  const state = join(dirname(socketPath), 'vera');
  mkdirSync(join(state, '3cx-relay'), { recursive: true });
  const login = { name: 'vera', token, expiresAt: Date.now() + 60_000 };
  writeFileSync(join(state, '3cx-relay', 'logins.json'), JSON.stringify({ [socketPath]: login }));
  return { XDG_STATE_HOME: state };
}
