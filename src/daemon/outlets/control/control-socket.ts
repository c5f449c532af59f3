import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { AppError } from '../../../shared/errors.ts';

const FOLDER_MODE = 0o750;
/** Leaves 0660: there is no moment in which others could connect. */
const UMASK = 0o117;
const ANSWER_WITHIN_MS = 2000;

/** Listens on a Unix socket whose mode is the guard: what may open it may ask. Throws when another daemon is there. */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  await clearPlace(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(UMASK);
    try {
      // The file is made within this call, so nobody else's files are born with this mask.
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/** Throws E_CONFLICT that names the daemon which answers there; nothing where nobody does. */
export async function refuseWhereAnswered(path: string): Promise<void> {
  const holder = await whoIsThere(path);
  if (holder !== null) throw heldBy(holder, path);
}

/** A socket nobody answers on was left by a daemon that died, and goes. Anything else there is not ours to remove. */
async function clearPlace(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError('E_CONFLICT', {
      detail: `${path} is there and is no socket. Move it away; the control API needs this place.`,
    });
  }
  await refuseWhereAnswered(path);
  rmSync(path);
}

function heldBy(holder: string, path: string): AppError {
  const detail = `Another 3cx-relay daemon (${holder}) answers on ${path}. Stop it first, or give this one a RELAY_HOME of its own.`;
  return new AppError('E_CONFLICT', { detail });
}

/** Null when nobody listens. */
function whoIsThere(path: string): Promise<string | null> {
  return new Promise(resolve => {
    const asking = request(
      { socketPath: path, path: '/admin/about', timeout: ANSWER_WITHIN_MS },
      response => {
        let text = '';
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve(describe(text)));
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('it does not answer')));
    asking.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? null : 'it does not answer'),
    );
    asking.end();
  });
}

function describe(text: string): string {
  try {
    const { pid, version } = JSON.parse(text) as { pid?: unknown; version?: unknown };
    return `pid ${Number(pid)}, version ${String(version).slice(0, 40)}`;
  } catch {
    return 'of another version';
  }
}
