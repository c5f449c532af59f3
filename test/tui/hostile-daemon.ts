import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Snapshot } from '../../src/shared/control-api/watch-line.ts';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';

// biome-ignore lint/suspicious/noExplicitAny: what it says may be of any shape
type Said = any;

const PATIENCE = { timeout: 12_000, interval: 20 };

/** What a real daemon tells, to be told again otherwise. */
export async function trueStory(): Promise<Snapshot> {
  const rig = await RelayRig.start();
  await rig.seesCalls();
  const watch = await new Operating(rig).follow('/admin/watch');
  rig.act({ do: 'dialIn', call: 'a', from: '+442079460101', did: '+442079460200', name: 'Caller' });
  rig.act({ do: 'route', call: 'a', to: '101' });
  const socket = rig.connect();
  const { call } = await vi.waitFor(
    () => watch.of('call').at(-1) ?? Promise.reject(new Error('no call yet')),
    PATIENCE,
  );
  const { client } = await vi.waitFor(
    () => watch.of('client').at(-1) ?? Promise.reject(new Error('no client yet')),
    PATIENCE,
  );
  watch.close();
  socket.close();
  await rig.stop();
  return { ...watch.lines[0], calls: [call], clients: [client] };
}

/** A daemon that says what it is told to, however wrong; then it holds still. */
export class HostileDaemon {
  readonly home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  readonly #server: Server;

  private constructor(answers: Record<string, Said>, snapshot: Said) {
    writeFileSync(join(this.home, 'operator.token'), 'token');
    this.#server = createServer(({ url = '' }, response) => {
      const [path = ''] = url.split('?');
      if (path === '/admin/watch') {
        response.write(`${JSON.stringify(snapshot)}\n`);
        return;
      }
      const known = answers[path];
      response.statusCode = known === undefined ? 404 : 200;
      response.setHeader(
        'content-type',
        known === undefined ? 'application/problem+json' : 'application/json',
      );
      response.end(`${JSON.stringify(known ?? { status: 404, code: 'E_NOT_FOUND', detail: path })}\n`);
    });
  }

  static async start(snapshot: Said, pages: Record<string, Said> = {}): Promise<HostileDaemon> {
    const who = {
      name: 'operator',
      role: 'admin',
      via: 'operator-token',
      claimedUser: null,
      expiresAt: null,
    };
    const daemon = new HostileDaemon(
      { '/admin/about': snapshot.about, '/admin/whoami': who, ...pages },
      snapshot,
    );
    daemon.#server.listen(join(daemon.home, 'control.sock'));
    await once(daemon.#server, 'listening');
    return daemon;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}
